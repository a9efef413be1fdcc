"""What people change and try out: `explore` and the quiz in a notebook, exercises and worksheets."""

from convviz._support import lazy_names

_NAMES = {
    "Explorer": "explorer",
    "explore": "explorer",
    "Quiz": "quizzes",
    "quiz": "quizzes",
    "Exercise": "exercises",
    "exercise": "exercises",
}

__all__ = [*_NAMES]


def __getattr__(name):
    return lazy_names.load(globals(), name, _NAMES, ())


def __dir__():
    return lazy_names.listed(globals())
