"""The pictures of the contact sheet, judged as data in every file format and language."""

import picture_sheet
import pytest

from convviz.render.sizes import shape_of
from convviz.stage.captions import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("medium", picture_sheet.FILES)
@pytest.mark.parametrize("case", picture_sheet.CASES)
def test_a_picture_has_large_letters_no_overlap_and_no_empty_third(case, medium, lang):
    make, points = picture_sheet.CASES[case]
    board = make().board(lang, shape=shape_of(picture_sheet.FILES[medium][0]))
    assert list(picture_sheet.complaints(board, medium, points)) == []
