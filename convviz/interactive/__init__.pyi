# The names that the package loads on first use, for type checkers and editors; `__init__.py` says where each is defined.
from convviz.interactive.exercises import Exercise as Exercise
from convviz.interactive.exercises import exercise as exercise
from convviz.interactive.explorer import Explorer as Explorer
from convviz.interactive.explorer import explore as explore
from convviz.interactive.quizzes import Quiz as Quiz
from convviz.interactive.quizzes import quiz as quiz

__all__ = ["Explorer", "explore", "Quiz", "quiz", "Exercise", "exercise"]
