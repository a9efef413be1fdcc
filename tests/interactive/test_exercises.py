"""Exercises and their worksheets, and reports as pages."""

import re
import xml.dom.minidom
from html.parser import HTMLParser

import numpy as np
import pytest
import reference
from overlaps import require_apart

import convviz as cv
from convviz.interactive import worksheets
from convviz.interactive.exercises import DIFFICULTIES, KINDS, exercise
from convviz.interactive.worksheets import blank_scene


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_whole_numbers_and_right(kind, difficulty):
    for seed in range(25):
        problem = exercise(kind, seed=seed, difficulty=difficulty)
        operation, image = problem.operation, problem.image[None, :, :, None].tolist()
        if kind == "max_pooling":
            right = reference.max_pool(image, operation.pool_size, operation.strides, operation.padding)[0]
        elif kind == "average_pooling":
            right = reference.avg_pool(image, operation.pool_size, operation.strides, operation.padding)
        else:
            kernel = operation.kernel[:, :, None, None].tolist()
            bias = None if operation.bias is None else [int(operation.bias)]
            settings = {"bias": bias, "strides": operation.strides, "padding": operation.padding}
            if kind == "convolution":
                right = reference.convolve(image, kernel, **settings)
            else:
                right = reference.transposed(image, kernel, output_padding=operation.output_padding, **settings)
        right = np.array(right, float)[0, :, :, 0]
        assert np.array_equal(right, np.round(right))
        assert np.array_equal(problem.answer, right)
        assert problem.check(right.tolist())
        assert max(problem.answer.shape) <= 8
        assert np.abs(problem.answer).max() < 200


def test_medium_convolutions_have_padding_or_a_stride():
    operations = [exercise("convolution", seed=seed, difficulty="medium").operation for seed in range(20)]
    made = {(operation.padding, operation.strides) for operation in operations}
    assert made == {("same", (1, 1)), ("valid", (2, 2))}


def test_the_same_seed_gives_the_same_problem_and_another_another():
    first, again, other = exercise(seed=5), exercise(seed=5), exercise(seed=6)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.operation.kernel, again.operation.kernel)
    assert not np.array_equal(first.image, other.image)
    fresh = exercise()
    assert np.array_equal(fresh.image, exercise(seed=fresh.seed).image)
    assert repr(first) == "exercise('convolution', seed=5, difficulty='easy')"


@pytest.mark.parametrize("seed", range(20))
def test_flipping_the_kernel_shows(seed):
    problem = exercise("convolution", seed=seed, difficulty="medium")
    flipped = cv.Convolution(
        problem.operation.kernel, strides=problem.operation.strides, padding=problem.operation.padding, flip_kernel=True
    )(problem.image)
    assert not problem.check(flipped)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "pooling"}, "'convolution', 'max_pooling'"),
        ({"difficulty": "extreme"}, "'easy', 'medium', 'hard'"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_unknown_kinds(arguments, words):
    with pytest.raises(ValueError, match=words):
        exercise(**arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sheet_shows_the_problem_and_not_the_answer(kind):
    problem = exercise(kind, seed=2, difficulty="hard")
    scene = blank_scene(problem)
    shown = {grid.name: [cell.text for cell in scene.cells(grid)] for grid in scene.stage.grids}
    assert set(shown["output"]) == {""}
    cells = sorted(text for text in shown["input"] if text not in ("0", "−∞"))
    assert cells == sorted(str(v).replace("-", "−") for v in problem.image.ravel().tolist() if v)
    if problem.operation.__class__ is cv.Convolution:
        assert shown["sums"] == [str(problem.operation.bias)]
    assert [text.text for text in scene.texts if "=" in text.text] in ([], ["="])  # the sign before the map, no formula


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_worksheets_as_pages(tmp_path, lang):
    problem = exercise("max_pooling", seed=1)
    sheet, key = problem.worksheet(tmp_path / "sheet.html", lang=lang)
    assert (sheet.name, key.name) == ("sheet.html", "sheet-key.html")
    page = sheet.read_text(encoding="utf-8")
    drawn = re.search("<svg.*</svg>", page, re.DOTALL).group()
    nodes = xml.dom.minidom.parseString(drawn).getElementsByTagName("text")
    texts = [node.firstChild.data for node in nodes if node.firstChild]
    for number in problem.image.ravel():
        assert str(number) in texts
    assert {"en": "Worksheet", "ja": "演習問題"}[lang] in page
    assert "convviz" in key.read_text(encoding="utf-8")


def test_worksheets_as_pdf(tmp_path):
    problem = exercise("convolution", seed=1)
    sheet, key = problem.worksheet(str(tmp_path / "sheet.pdf"))
    assert len(re.findall(rb"/Type /Page\b", sheet.read_bytes())) == 1
    # A4 on its side, 297 × 210 mm, to the hundredth of an inch
    width, height = map(float, re.search(rb"/MediaBox \[ *0 0 ([\d.]+) ([\d.]+) *\]", sheet.read_bytes()).groups())
    assert (round(width / 0.72), round(height / 0.72)) == (round(29700 / 25.4), round(21000 / 25.4))
    assert len(re.findall(rb"/Type /Page\b", key.read_bytes())) == 2


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_overlaps_on_a_page_of_a_worksheet_and_nothing_leaves_it(kind, lang, monkeypatch):
    pages = []
    monkeypatch.setattr(worksheets, "write_pdf", lambda path, title, scenes: pages.extend(scenes))
    for difficulty in DIFFICULTIES:
        exercise(kind, seed=3, difficulty=difficulty).worksheet("sheet.pdf", lang=lang)
    assert len(pages) > 2 * len(DIFFICULTIES)
    for page in pages:
        require_apart(page)
        sizes = {text.name.split(".")[0]: text.size for text in page.stage.texts if text.text and "sign" not in text.name}
        assert sizes["heading"] == max(sizes.values()) and min(sizes.values()) >= 0.3


def test_a_worksheet_needs_an_ending_and_a_folder(tmp_path):
    problem = exercise()
    with pytest.raises(ValueError, match=r"\.pdf or \.html"):
        problem.worksheet(tmp_path / "sheet.docx")
    with pytest.raises(FileNotFoundError):
        problem.worksheet(tmp_path / "no" / "sheet.pdf")


class Tags(HTMLParser):
    """Counts tags, and sees to it that each is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in ("input", "img", "br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(page):
    """Every tag of a piece of HTML with its attributes."""
    parser = Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_a_report_as_a_page():
    example = cv.examples.lecture_6x6
    found = tags(example.operation.check(example.image, example.published)._repr_html_())
    assert sum(tag == "input" for tag, _ in found) == 2
    assert sum(tag == "table" for tag, _ in found) == 2
    assert sum(attributes.get("class") == "mended" for _, attributes in found) == 2
    pictures = [attributes["alt"] for tag, attributes in found if tag == "img"]
    assert pictures[0].endswith("= 20")
    assert pictures[1].endswith("= 16")


def test_pages_of_right_answers_and_wrong_shapes():
    example = cv.examples.lecture_6x6
    assert "All 16 cells are right." in example.operation.check(example.image, example.answer)._repr_html_()
    page = example.operation.check(example.image, np.zeros((6, 6)))._repr_html_()
    assert "6×6 is what padding 1 would give." in page
    tags(page)


@pytest.mark.parametrize("lang", ["fr", "", None, 0, ["en"], "EN"])
def test_a_worksheet_in_an_unknown_language_leaves_nothing(tmp_path, lang):
    for name in ("sheet.html", "sheet.pdf"):
        with pytest.raises(ValueError, match="lang is .*; expected 'en' or 'ja'"):
            exercise("convolution", seed=1).worksheet(tmp_path / name, lang=lang)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("seed", range(4))
def test_lines_of_the_key_stand_where_its_grids_stand(seed, lang):
    problem = exercise(seed=seed)
    steps = problem.trace().board(lang)
    scene = steps.scene(steps.indices[-1])
    headed = worksheets.headed(scene, "Answer key", problem, lang)
    (down,) = {round(grid.y - before.y, 9) for grid, before in zip(headed.stage.grids, scene.stage.grids, strict=True)}
    assert down > 0 and len(headed.links) == len(scene.links) > 0
    for link, before in zip(headed.links, scene.links, strict=True):
        assert (link.x1, link.x2) == (before.x1, before.x2)
        assert (link.y1 - before.y1, link.y2 - before.y2) == pytest.approx((down, down))
