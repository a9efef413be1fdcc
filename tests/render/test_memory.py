"""What a save takes is given back at once: the garbage collector comes too seldom for figures and for the XML of decks."""

import collections
import gc

import pytest

import convviz as cv
from convviz.render import ENDINGS

TRACE = cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
#: What holds much memory that Python's collector does not see: XML trees, canvases, pictures.
LARGE = ("lxml", "matplotlib.backends", "matplotlib.figure", "PIL", "pptx")


def large_objects(packages=LARGE):
    """How many objects there are of each type of some packages."""
    kinds = (type(thing) for thing in gc.get_objects())
    return collections.Counter(
        f"{kind.__module__}.{kind.__qualname__}" for kind in kinds if str(kind.__module__).startswith(packages)
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_large_is_kept_after_a_save(ending, tmp_path):
    TRACE.save(tmp_path / f"a{ending}")  # loads what is kept for all files
    gc.collect()
    before = large_objects()
    TRACE.save(tmp_path / f"a{ending}")
    gc.collect()
    assert large_objects() - before == {}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_memory_of_a_save_does_not_wait_for_the_collector(ending, tmp_path):
    TRACE.save(tmp_path / f"a{ending}")
    gc.collect()
    before = large_objects(("lxml", "matplotlib", "pptx"))
    gc.disable()
    try:
        TRACE.save(tmp_path / f"a{ending}")
        assert large_objects(("lxml", "matplotlib", "pptx")) - before == {}
    finally:
        gc.enable()
