"""Files that show what is between steps: slides with the transition Morph, PDF with a page for each act."""

import re

import pptx
import pytest

import convviz as cv
from convviz.stage.motion import playing

LECTURE = cv.examples.lecture_6x6.trace()
BACKWARD = cv.MaxPooling(2).trace([[1, 4], [3, 2]], view="backward", gradient=[[5]])
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MORPH = "{http://schemas.microsoft.com/office/powerpoint/2015/09/main}morph"
#: The children of a slide in the order of ISO/IEC 29500-1, 19.3.1.38; a transition may stand in an AlternateContent.
ORDER = [f"{P}cSld", f"{P}clrMapOvr", f"{MC}AlternateContent", f"{P}timing", f"{P}extLst"]


def slides(trace, path, **options):
    """The slides of a deck of a trace."""
    return list(pptx.Presentation(trace.save(path, **options)).slides)


def moving(slide):
    """Names and places of the shapes that are found again on the next slide."""
    return {shape.name: (shape.left, shape.top) for shape in slide.shapes if shape.name.startswith("!!")}


def pages(path):
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type /Page\b", path.read_bytes()))


def test_slides_morph_into_each_other_and_fade_elsewhere(tmp_path):
    first, *others = slides(LECTURE, tmp_path / "a.pptx", motion=True, steps=[0, 1, 4])
    assert first._element.find(f"{MC}AlternateContent") is None
    for slide in others:
        element = slide._element
        places = [ORDER.index(child.tag) for child in element]
        assert places == sorted(places)
        choice, fallback = element.find(f"{MC}AlternateContent")
        assert (choice.tag, fallback.tag) == (f"{MC}Choice", f"{MC}Fallback")
        required = choice.get("Requires")
        assert choice.nsmap[required] == MORPH[1:].split("}")[0]
        (transition,), (faded,) = choice, fallback
        assert [(child.tag, child.get("option")) for child in transition] == [(MORPH, "byObject")]
        assert transition.tag == faded.tag == f"{P}transition" and faded[0].tag == f"{P}fade"
        assert transition.get("spd") in ("slow", "med", "fast")


@pytest.mark.parametrize(
    "trace",
    [
        LECTURE,
        cv.MaxPooling(2).trace([[1, 2, 3, 4]] * 4),
        cv.TransposedConvolution([[1, 2], [3, 4]], strides=2).trace([[1, 2], [3, 4]], view="scatter"),
        cv.compare(cv.MaxPooling(2), cv.MaxPooling(2, 1), [[1, 2, 3, 4]] * 4),
    ],
)
def test_what_moves_has_one_name_on_all_slides(trace, tmp_path):
    found = [moving(slide) for slide in slides(trace, tmp_path / "a.pptx", motion=True)]
    for slide in slides(trace, tmp_path / "a.pptx", motion=True):
        names = [shape.name for shape in slide.shapes if shape.name.startswith("!!")]
        assert len(names) == len(set(names)) > 0
    window = next(name for name in found[0] if "window on" in name)
    places = [slide[window] for slide in found if window in slide]
    assert len(places) == len(found) and len(set(places)) > 1


def test_usual_slides_have_neither_transition_nor_such_names(tmp_path):
    for options in ({}, {"motion": False}):
        for slide in slides(LECTURE, tmp_path / "a.pptx", steps=[0, 1], **options):
            assert slide._element.find(f"{MC}AlternateContent") is None and not moving(slide)


def test_a_pdf_has_a_page_for_each_act(tmp_path):
    for trace, acts in ((LECTURE, 4 * 16), (BACKWARD, 3)):
        board = trace.board()
        assert sum(len(playing(board, index).acts) for index in board.indices) == acts
        assert pages(trace.save(tmp_path / "a.pdf", motion=True)) == acts
        assert pages(trace.save(tmp_path / "a.pdf", motion=True, step=-1)) == acts // len(trace)
        assert pages(trace.save(tmp_path / "a.pdf", motion=False)) == len(trace)


def test_a_step_that_is_not_shown_has_its_acts(tmp_path):
    trace = cv.Convolution([[1, 2], [3, 4]]).trace([[1] * 18] * 15)  # 238 steps, of which 60 are shown
    assert pages(trace.save(tmp_path / "a.pdf", motion=True, step=3)) == 4


def test_acts_are_not_spread_over_files(tmp_path):
    with pytest.raises(ValueError, match=r"leave \{step\} out of the name"):
        LECTURE.save(tmp_path / "a-{step}.pdf", motion=True)


@pytest.mark.parametrize("ending", [".pptx", ".pdf", ".gif"])
def test_motion_is_true_or_false(ending, tmp_path):
    with pytest.raises(TypeError, match="motion is 'slow'; expected True or False"):
        LECTURE.save(tmp_path / f"a{ending}", motion="slow")
