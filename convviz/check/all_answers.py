"""The wrong answers that mistakes would give, before anything is answered: what a quiz knows without Python."""

from convviz.check.map_mistakes import Task, answer_of
from convviz.check.report import Explanation
from convviz.check.whole_answers import image_of, in_order, is_rare

__all__ = ["all_answers"]


def all_answers(trace, equality):
    """Every wrong answer that one of the known mistakes of the whole answer gives, with the mistakes that give it.

    Parameters
    ----------
    trace : convviz.trace.Trace
    equality : convviz.check.equality.Equality

    Returns
    -------
    list of (numpy.ndarray, tuple of convviz.check.report.Explanation)
        Answers, (N, rows, columns, C), as a `convviz.check.check` of them explains them.

    Examples
    --------
    >>> import convviz as cv
    >>> from convviz.check.equality import Equality
    >>> trace = cv.MaxPooling(2).trace([[7, 4, 0, 1], [1, 2, 3, 1]])
    >>> found = {found[0].kind: answer.ravel().tolist() for answer, found in all_answers(trace, Equality(True, 0.0))}
    >>> found["mean_taken"]
    [3.5, 1.25]
    """
    right = trace.result
    groups = []
    for attempt in trace.operation.map_mistakes(Task(trace.operation, image_of(trace), right)):
        answer = answer_of(attempt)
        if answer is None or answer.shape != right.shape or equality(answer, right).all():
            continue
        same = next((group for other, group in groups if equality(answer, other).all()), None)
        if same is None:
            groups.append((answer, same := []))
        same.append(attempt)
    return [(answer, explanations(answer, attempts, int((~equality(answer, right)).sum()))) for answer, attempts in groups]


def explanations(answer, attempts, count):
    """What explains an answer with `count` wrong cells that some attempts give."""
    sure = bool(is_rare(answer, count, count))
    return in_order([(1.0, Explanation(attempt.kind, attempt.details, 1.0, True, sure)) for attempt in attempts])
