"""What a save takes is given back; of a deck at once, as the garbage collector comes too seldom for its XML."""

import collections
import gc

import pytest

import convviz as cv
from convviz.render import ENDINGS

TRACE = cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
#: What holds much memory that Python's collector does not see: XML trees, canvases, pictures.
LARGE = ("lxml", "matplotlib.backends", "matplotlib.figure", "PIL", "pptx")


def large_objects():
    """How many objects there are of each type of the packages in `LARGE`."""
    kinds = (type(thing) for thing in gc.get_objects())
    return collections.Counter(
        f"{kind.__module__}.{kind.__qualname__}" for kind in kinds if str(kind.__module__).startswith(LARGE)
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_large_is_kept_after_a_save(ending, tmp_path):
    TRACE.save(tmp_path / f"a{ending}")  # loads what is kept for all files
    gc.collect()
    before = large_objects()
    TRACE.save(tmp_path / f"a{ending}")
    gc.collect()
    assert large_objects() - before == {}


def test_the_memory_of_a_deck_does_not_wait_for_the_collector(tmp_path):
    TRACE.save(tmp_path / "a.pptx")
    before = large_objects()
    gc.disable()
    try:
        TRACE.save(tmp_path / "a.pptx")
        assert {name for name in large_objects() - before if name.startswith(("lxml", "pptx"))} == set()
    finally:
        gc.enable()
