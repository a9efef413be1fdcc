"""The player as far as Python makes it: the page, the data in it, and what is shown where scripts do not run."""

import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import boards
import numpy as np
import pytest
from PIL import Image

import convviz as cv
from convviz.render.page import player
from convviz.render.page.content import PARTS
from convviz.render.page.script import script as script_of
from convviz.render.svg import SCALE
from convviz.stage import theme as themes
from convviz.stage.forward import board as board_of
from convviz.stage.scene import Frame

NASTY = "</script><script>alert(1)</script> <!-- \"double\" 'single' & <b>|{0}"


class Page(HTMLParser):
    """What a browser finds in a document: its elements in order, and the text of the scripts and headings."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.inside, self.texts = [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        self.texts.append((self.inside[-1] if self.inside else "", text))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag):
        return [text for name, text in self.texts if name == tag]


def data_of(source):
    scripts = Page(source).text("script")
    return json.loads(scripts[0])


def listed(texts):
    return texts.split("|") if isinstance(texts, str) else texts


def asked(frame, question):
    """A question as its frame would be sent: put together as predict.js does it."""
    changes = [frame["c"][change] if isinstance(change, int) else change for change in question.get("c", [])]
    return {**frame, **question, "t": {**frame["t"], **question["t"]}, "c": changes or frame.get("c", [])}


def frames_of(data, stage, questions=False):
    """The frames that the data say, made from the data alone."""
    frames = list(map(asked, data["moments"], data["questions"])) if questions else data["moments"]
    for step, frame in zip(data["steps"], frames, strict=True):
        cells = {}
        for place, role, indices, *more in frame.get("c", []):
            grid = stage.grids[place]
            if isinstance(indices[0], list):
                row, column, rows, columns = indices[0]
                indices = [(row + i) * grid.columns + column + j for i in range(rows) for j in range(columns)]
            texts = listed(more[0]) if more and more[0] != 0 else [None] * len(indices)
            notes = listed(more[1]) if len(more) > 1 else [None] * len(indices)
            for index, text, note in zip(indices, texts, notes, strict=True):
                change = text, None if role < 0 else data["roles"][role], note
                cells.setdefault(grid.name, {})[divmod(index, grid.columns)] = change
        terms = " + ".join(filter(None, next((listed(change[4]) for change in frame.get("c", []) if len(change) > 4), [])))
        captions = {place: text.join(data["affixes"][place]).replace("\x02", terms) for place, text in frame["t"].items()}
        texts = {stage.texts[int(place)].name: text for place, text in captions.items()}
        words = re.split("\x01(\\d+)", frame["s"].join(data["affixes"]["s"]))
        words[1::2] = (captions[place].replace("\n", " ") for place in words[1::2])
        lines = [(data["lines"][number] + ["window"])[:5] for number in frame.get("l", [])]
        yield Frame(step, cells, texts=texts, spoken="".join(words)), frame.get("m", []), lines


@pytest.mark.parametrize("make", [boards.lecture, boards.padded, lambda: boards.picture(8)])
def test_the_data_are_the_frames(make):
    board = make()
    found = list(frames_of(data_of(player.page(board)), board.stage))
    assert len(found) == board.stage.steps
    names = [grid.name for grid in board.stage.grids]
    for index, (frame, marks, links) in enumerate(found):
        expected = board.frame(index)
        assert (frame.step, frame.texts, frame.spoken) == (expected.step, expected.texts, expected.spoken)
        assert frame.cells == expected.cells
        assert [[names[place], *rest] for place, *rest in marks] == [
            [mark.grid, mark.row, mark.column, mark.rows, mark.columns, mark.role] for mark in expected.marks
        ]
        assert [link[:4] for link in links] == [
            pytest.approx([side * SCALE for side in (link.x1, link.y1, link.x2, link.y2)]) for link in expected.links
        ]


@pytest.mark.parametrize("make", [boards.lecture, boards.padded])
def test_the_data_are_the_stage(make):
    stage = make().stage
    data = data_of(player.fragment(make()))
    assert (data["width"], data["height"], data["count"]) == (stage.width * SCALE, stage.height * SCALE, stage.steps)
    for grid, sent in zip(stage.grids, data["grids"], strict=True):
        assert (sent["name"], sent["title"], sent["rows"], sent["columns"]) == (
            grid.name,
            grid.title,
            grid.rows,
            grid.columns,
        )
        assert [sent["x"], sent["y"], sent["pitch"], sent["font"], sent["note"]] == pytest.approx(
            [side * SCALE for side in (grid.x, grid.y, grid.pitch, grid.font, grid.note_font)], abs=0.006
        )
        assert listed(sent["texts"]) == [text for row in grid.texts for text in row]
        roles = [data["roles"][ord(letter) - ord("a")] for letter in sent["roles"]]
        assert roles == [role for row in grid.roles for role in row]
        assert (sent["first"], sent["reveals"]) == (grid.first, grid.reveals)
    assert [text[2] for text in data["texts"]] == [text.text for text in stage.texts]


def test_history_and_meeting_are_sent_by_cell():
    board = boards.lecture()
    grid = replace(board.stage.grid("output"), history={(1, 2): ((0, "3"), (np.int64(4), "8"))}, first=np.int64(0))
    data = data_of(player.fragment(replace(board, stage=replace(board.stage, grids=(*board.stage.grids[:3], grid)))))
    assert data["grids"][3]["history"] == {"6": [[0, "3"], [4, "8"]]}
    assert data["grids"][1]["meets"] == ["input", [[0, 1, 4]] * 3, [[0, 1, 4]] * 3]


def test_rows_and_columns_that_a_weight_meets_are_sent_as_first_step_and_count():
    board = boards.lecture()
    meets = (None, (range(1, 511, 2), range(4, 5, 3), range(510)), (range(-1, 5, 3),) * 3)
    grids = (*board.stage.grids[:1], replace(board.stage.grids[1], meets=meets), *board.stage.grids[2:])
    sent = data_of(player.fragment(replace(board, stage=replace(board.stage, grids=grids))))["grids"][1]["meets"]
    assert sent == [None, [[1, 2, 255], [4, 1, 1], [0, 1, 510]], [[-1, 3, 2]] * 3]


def test_what_a_weight_meets_takes_the_same_room_for_a_photograph():
    sizes = []
    for side in (20, 512):
        trace = cv.Convolution(np.ones((3, 3))).trace(np.zeros((side, side), np.uint8))
        grids = data_of(player.page(board_of(trace, steps=2)))["grids"]
        kernel = next(grid for grid in grids if grid["name"] == "kernel")
        assert kernel["meets"] == ["input", *[[[at, 1, side - 2] for at in range(3)]] * 2]
        sizes.append(len(json.dumps(kernel["meets"])))
    # One digit more for each of the six.
    assert sizes[1] - sizes[0] == 6


def test_a_photograph_ends_where_the_stage_says():
    trace = cv.Convolution(np.ones((3, 3))).trace(np.zeros((512, 512), np.uint8))
    board = board_of(trace, steps=2)
    grid, sent = board.stage.grid("input"), data_of(player.page(board))["grids"][0]
    assert sent["pitch"] * 512 == pytest.approx(grid.width * SCALE, abs=0.01)


def test_sentences_that_repeat_a_caption_or_each_other_arrive_unchanged():
    board = boards.lecture()
    formulas = ["1 + 2 + 3 + 4\n= 10", "1 + 1 + 1 + 1\n= 4", "short", "1 + 2 + 3 + 4\n= 10"]
    spoken = ["Sum: 1 + 2 + 3 + 4 = 10.", "Sum: 1 + 1 + 1 + 1 = 4.", "Sum: short.", "Sum."]
    frames = [
        Frame(step, texts={"formula": formula}, spoken=words)
        for step, (formula, words) in enumerate(zip(formulas, spoken, strict=True))
    ]
    board = replace(board, frames=tuple(frames), indices=range(4))
    data = data_of(player.page(board))
    assert [frame for frame, _, _ in frames_of(data, board.stage)] == frames
    assert data["affixes"]["s"][0] == "Sum"
    assert "1 + 2" not in "".join(frame["s"] for frame in data["moments"])


def test_a_formula_refers_to_the_notes_of_the_products():
    data = data_of(player.page(boards.lecture()))
    assert [frame["t"]["0"] for frame in data["moments"][:2]] == ["18", "20"]
    assert data["affixes"]["0"] == ["\x02 = ", ""]


def test_the_characters_that_refer_are_no_text_of_the_caller():
    board = boards.lecture()
    frame = Frame(0, texts={"formula": "\x02 a \x010"}, spoken="\x010 and \x02")
    found, _, _ = next(frames_of(data_of(player.page(replace(board, frames=(frame,), indices=(0,)))), board.stage))
    assert (found.texts, found.spoken) == ({"formula": "\ufffd a \ufffd0"}, "\ufffd0 and \ufffd")


def test_texts_with_a_bar_arrive_unchanged():
    board = boards.lecture()
    cells = {"input": {(0, 0): ("a|b", "cell", "|"), (0, 1): ("c", "cell", "d")}}
    board = replace(board, frames=(Frame(0, cells), *board.frames[1:]))
    frame, _, _ = next(frames_of(data_of(player.page(board)), board.stage))
    assert frame.cells == cells


def test_only_the_steps_of_the_board_are_sent():
    data = data_of(player.page(boards.lecture().only(2, 9, 15)))
    assert data["steps"] == [2, 9, 15]
    assert len(data["moments"]) == 3
    assert data["count"] == 16


def test_text_of_the_caller_cannot_leave_its_place():
    board = boards.lecture()
    grid = replace(board.stage.grids[0], title=NASTY, texts=((NASTY,) * 6,) * 6)
    stage = replace(board.stage, title=NASTY, grids=(grid, *board.stage.grids[1:]))
    frame = replace(board.frame(15), spoken=NASTY, texts={"formula": NASTY})
    board = replace(board, stage=stage, frames=(*board.frames[:15], frame))
    source = player.page(board, title=NASTY)
    page = Page(source)
    # Two scripts, the data and the player: none of the caller's.
    assert len(page.all("script")) == 2
    assert source.count("</script>") == 2 and "<!--" not in source
    assert "".join(page.text("h1")) == "".join(page.text("title")) == NASTY
    data = data_of(source)
    assert data["title"] == data["grids"][0]["title"] == NASTY
    assert listed(data["grids"][0]["texts"]) == [NASTY] * 36
    assert "".join(page.text("p")) == NASTY
    (image,) = Page(player.fragment(board)).all("img")
    assert image["alt"] == NASTY
    picture = ElementTree.fromstring(unquote(image["src"].removeprefix("data:image/svg+xml,")))
    assert picture.find("{http://www.w3.org/2000/svg}title").text == NASTY
    assert picture.find(".//{http://www.w3.org/2000/svg}script") is None


@pytest.mark.parametrize("make", [player.page, player.fragment])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_is_fetched(make, lang):
    source = make(boards.lecture(lang))
    for attribute in re.findall(r'(?:src|href)="([^"]*)', source):
        assert attribute.startswith("data:")
    addresses = set(re.findall(r"\w+://[\w./]*", source))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", source)


def test_a_page_says_what_it_is():
    page = Page(player.page(boards.lecture("ja")))
    assert page.elements[0] == ("html", {"lang": "ja"})
    assert {"charset": "utf-8"} in page.all("meta")
    assert page.text("title") == page.text("h1") == ["畳み込み"]
    assert data_of(player.page(boards.lecture("ja")))["say"]["play"] == "再生"


def test_a_heading_is_not_repeated_above_a_picture_that_shows_it():
    board = boards.lecture()
    titled = replace(board.stage.texts[2], name="title", text=board.stage.title)
    board = replace(board, stage=replace(board.stage, texts=(*board.stage.texts[:2], titled)))
    source = player.page(board)
    assert "<h1>" not in source.partition('<div class="convviz"')[0]
    # It stands within the player, which takes its place, for those who read without scripts.
    assert Page(source).text("h1") == [board.stage.title]
    assert Page(player.page(board, title="Mine")).text("h1") == ["Mine"]


def test_half_a_surrogate_pair_does_not_spoil_the_file():
    board = boards.lecture()
    stage = replace(board.stage, title="\ud800", texts=(replace(board.stage.texts[0], text="\udfff"),))
    for make in (player.page, player.fragment):
        source = make(replace(board, stage=stage))
        source.encode("utf-8")
        assert data_of(source)["title"] == data_of(source)["texts"][0][2] == "\ufffd"


def test_the_fallback_of_a_page_is_the_last_step_in_words_and_numbers():
    page = Page(player.page(boards.lecture()))
    assert page.all("img") == []
    assert page.text("p") == ["Step 16 of 16"]
    assert page.text("td") == [str(value) for row in boards.OUTPUT for value in row]
    (image,) = Page(player.page(boards.picture(8))).all("img")
    assert image["alt"] == "Step 35"


def test_the_fallback_of_a_notebook_is_a_picture_of_the_last_step():
    board = boards.lecture()
    (image,) = Page(player.fragment(board)).all("img")
    assert image["alt"] == "Step 16 of 16"
    picture = ElementTree.fromstring(unquote(image["src"].removeprefix("data:image/svg+xml,")))
    shown = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for row in boards.OUTPUT for text in map(str, row)] == [text for text in shown if text in OUTPUTS]


OUTPUTS = {str(value) for row in boards.OUTPUT for value in row}


def test_the_fallback_of_very_many_cells_is_a_table():
    board = boards.lecture()
    texts, roles = (("7",) * 30,) * 30, (("done",) * 30,) * 30
    big = replace(board.stage.grids[3], rows=30, columns=30, texts=texts, roles=roles, title="<map>")
    stage = replace(board.stage, grids=(*board.stage.grids[:3], big), steps=900)
    frames = tuple(Frame(step) for step in range(900))
    page = Page(player.fragment(replace(board, stage=stage, frames=frames, indices=(0, 899))))
    assert page.all("img") == []
    assert page.text("caption") == ["<map>"]
    assert len(page.all("tr")) == 21
    assert page.text("td").count("7") == 400


def test_a_photograph_is_sent_small_in_the_fallback():
    board = boards.picture(8)
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)
    grid = replace(board.stage.grids[0], pixels=pixels)
    stage = replace(board.stage, grids=(grid, board.stage.grids[1]))
    source = player.fragment(replace(board, stage=stage))
    (image,) = Page(source).all("img")
    assert len(image["src"]) < 25_000 < len(data_of(source)["grids"][0]["image"])


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_theme_that_is_given_is_the_only_one_sent(name):
    look = themes.theme(name)
    source = player.page(boards.lecture(), theme=name)
    data = data_of(source)
    ((scheme, colours),) = data["looks"]
    assert scheme == name
    assert colours.startswith((look.background + look.text + look.faint + look.edge).replace("#", ""))
    assert f"background:{look.background}" in source and "prefers-color-scheme:dark){body" not in source
    assert Page(source).all("div")[0]["data-theme"] == "fixed"


def test_by_itself_a_page_brings_both_themes():
    data = data_of(player.page(boards.lecture()))
    assert [scheme for scheme, _ in data["looks"]] == ["light", "dark"]
    of_cells = data["looks"][0][1][6 * (4 + len(data["marks"])) :]
    colours = dict(zip(data["roles"], re.findall(".{12}", of_cells), strict=True))
    for role, style in themes.LIGHT.cells.items():
        assert colours[role] == (style.fill + style.text).replace("#", "")
    assert set(data["dashed"]) == {role for role, style in themes.LIGHT.cells.items() if style.dashed}
    assert set(data["hatched"]) == {role for role, style in themes.LIGHT.cells.items() if style.hatched}
    assert set(data["bold"]) == {role for role, style in themes.LIGHT.cells.items() if style.bold}


def test_styles_of_the_two_themes_differ_in_colour_only():
    # The player sends what is dashed, hatched and bold once, for both.
    for role in themes.ROLES:
        light, dark = themes.LIGHT.cells[role], themes.DARK.cells[role]
        assert (light.bold, light.dashed, light.hatched) == (dark.bold, dark.dashed, dark.hatched)


@pytest.mark.parametrize("make", [player.page, player.fragment])
def test_an_unknown_theme_is_refused(make):
    with pytest.raises(ValueError, match="expected 'auto', 'light', 'dark'"):
        make(boards.lecture(), theme="sepia")


def test_the_page_of_the_example_is_small():
    assert len(player.page(boards.lecture()).encode("utf-8")) <= 30_000


def test_a_long_page_is_small():
    assert len(player.page(boards.picture()).encode("utf-8")) <= 400_000


def test_the_script_in_the_page_has_no_comments_and_keeps_its_strings():
    script = script_of()
    assert not re.search(r"(^|\s)//", script)
    assert "(prefers-color-scheme:dark)" in script and "http://www.w3.org/2000/svg" in script
    # What is taken out relies on this: apart from strings and templates there are no other quotes.
    assert "'" not in re.sub(r'"[^"]*"|`[^`]*`', "", script)


# ---- predict mode, notes, slides ----

IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
PIXELS = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
ASKED = {
    "convolution": (cv.Convolution(KERNEL, bias=3), IMAGE, {}, {}),
    "Japanese": (cv.Convolution(KERNEL, strides=2), IMAGE, {}, {"lang": "ja"}),
    "maximum": (cv.MaxPooling(2), IMAGE, {}, {}),
    "average": (cv.AveragePooling(4, ceil_mode=True), IMAGE, {}, {}),
    "scatter": (cv.TransposedConvolution(KERNEL, strides=2), [[1, 2], [3, 4]], {"view": "scatter"}, {}),
    "channels": (cv.Convolution(np.arange(32).reshape(2, 2, 2, 4), groups=2), np.arange(36).reshape(3, 3, 4), {}, {}),
    "picture": (cv.Convolution(KERNEL), PIXELS, {}, {"steps": 5}),
}


def asked_board(name):
    operation, image, view, options = ASKED[name]
    return board_of(operation.trace(image, **view), **options)


@pytest.mark.parametrize("name", ASKED)
def test_the_data_are_the_frames_and_the_questions(name):
    board = asked_board(name)
    data = data_of(player.page(board, predict=True))
    for questions, make in ((False, board.frame), (True, board.question)):
        for index, (frame, marks, links) in zip(board.indices, frames_of(data, board.stage, questions), strict=True):
            expected = make(index)
            # What a question alone replaces is replaced for good.
            shown = {name: text for name, text in expected.texts.items() if not name.startswith("remark")}
            assert (frame.texts, frame.spoken) == (shown, expected.spoken)
            cells = {
                grid: {place: (text, role, note or None) for place, (text, role, note) in changes.items()}
                for grid, changes in expected.cells.items()
            }
            assert frame.cells == cells
            assert (len(marks), len(links)) == (len(expected.marks), len(expected.links))


def test_a_question_is_sent_as_what_differs():
    board = asked_board("convolution")
    plain, predict = (len(player.page(board, predict=predict)) for predict in (False, True))
    data = data_of(player.page(board, predict=True))
    assert len(json.dumps(data["questions"][0])) < 300
    assert predict - plain < 16_000
    assert "questions" not in data_of(player.page(board))


def test_what_says_something_about_a_picture_is_not_sent():
    for lang, words in (("en", "grey"), ("ja", "濃淡")):
        board = board_of(cv.Convolution(KERNEL).trace(PIXELS), lang, steps=5)
        assert words in player.page(board) and words not in player.page(board, predict=True)
    stamps = board_of(cv.TransposedConvolution(KERNEL).trace(PIXELS, view="scatter"), steps=5)
    data = data_of(player.page(stamps, predict=True))
    assert [grid["name"] for grid in data["grids"] if grid.get("veiled")] == ["output"]
    assert "as it is in the end" not in json.dumps(data)


@pytest.mark.parametrize("make", [player.page, player.fragment])
@pytest.mark.parametrize("name", ASKED)
def test_the_fallback_of_predict_mode_is_the_first_question(make, name):
    board = asked_board(name)
    (image,) = Page(make(board, predict=True)).all("img")
    question = board.question(board.indices[0])
    assert image["alt"] == question.spoken
    picture = ElementTree.fromstring(unquote(image["src"].removeprefix("data:image/svg+xml,")))
    shown = ["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert question.texts["formula"].replace("\n", "") in shown
    assert ("?" in shown) == (name != "picture")
    assert board.frame(board.indices[0]).texts["formula"] not in shown or name == "scatter"


def pixels_of(page, place):
    """The pixels of a picture in the fallback, from the back."""
    (image,) = page.all("img")
    picture = ElementTree.fromstring(unquote(image["src"].removeprefix("data:image/svg+xml,")))
    address = list(picture.iter("{http://www.w3.org/2000/svg}image"))[place].get("href")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def test_pictures_of_results_are_not_in_the_fallback_of_predict_mode():
    operation = cv.TransposedConvolution(KERNEL)
    stamps = board_of(operation.trace(PIXELS, view="scatter"), steps=5)
    assert np.unique(pixels_of(Page(player.page(stamps, predict=True)), -1)).tolist() == [236]
    assert len(np.unique(pixels_of(Page(player.fragment(stamps)), -1))) > 9


def test_a_picture_that_fills_up_is_empty_in_the_fallback_of_predict_mode():
    board = asked_board("picture")
    grid = board.stage.grid("output")
    start = [pytest.approx(grid.x * SCALE, abs=0.1), pytest.approx(grid.y * SCALE, abs=0.1)]
    for options, veiled in (({"predict": True}, [start]), ({}, [])):
        (image,) = Page(player.fragment(board, **options)).all("img")
        found = re.findall(r"class='pending'[^>]* d='M([\d.]+) ([\d.]+)H", unquote(image["src"]))
        assert [list(map(float, corner)) for corner in found] == veiled


def test_only_the_parts_that_are_needed_are_in_the_script():
    board = asked_board("convolution")
    found = {
        "predict": "say.hide",
        "notes": "execCommand",
        "reveal_inline": "navigateFragment",
        "reveal_frame": "slide:start",
    }
    notes = [("a", "b")]
    for source, parts in [
        (player.page(board), []),
        (player.page(board, predict=True), ["predict"]),
        (player.page(board, notes=notes), ["notes"]),
        (player.page(board, reveal=True), ["reveal_frame"]),
        (player.fragment(board), ["reveal_inline"]),
        (player.fragment(board, predict=True, notes=notes), ["predict", "notes", "reveal_inline"]),
    ]:
        assert [name for name, words in found.items() if words in source] == parts
        assert Page(source).all("div")[0]["data-parts"] == " ".join(parts)
    for name in found:
        said = {"predict": "show", "notes": "copy"}.get(name)
        assert said is None or said not in data_of(player.page(board))["say"]


def test_the_script_with_all_parts_has_no_comments_and_keeps_its_strings():
    script = script_of(PARTS)
    assert not re.search(r"(^|\s)//", script)
    assert "'" not in re.sub(r'"[^"]*"|`[^`]*`', "", script)
    assert script.startswith("(()=>{") and script.endswith("})();")


def test_notes_are_in_the_page_as_text():
    for make in (player.page, player.fragment):
        source = make(boards.lecture(), notes=[(NASTY, NASTY), ("Keras", "Conv2D(1, 3)")])
        page = Page(source)
        assert "".join(page.text("b")) == NASTY + "Keras"
        assert "".join(page.text("pre")) == NASTY + "Conv2D(1, 3)"
        assert len(page.all("script")) == source.count("</script>") == 2
        assert NASTY not in source.partition("</pre></div></div></div>")[2]
    assert Page(player.page(boards.lecture())).all("dl") == []


@pytest.mark.parametrize("make", [player.page, player.fragment])
@pytest.mark.parametrize("notes", ["ab", ["ab"], [("a",)], [("a", 1)], [("a", "b", "c")], {"a": "b"}, 3, [None]])
def test_notes_that_are_no_pairs_are_refused(make, notes):
    with pytest.raises(TypeError, match="expected pairs of a label and a text"):
        make(boards.lecture(), notes=notes)


@pytest.mark.parametrize("name", ["predict", "reveal"])
def test_switches_are_true_or_false(name):
    with pytest.raises(TypeError, match=f"{name} is 'yes'; expected True or False"):
        player.page(boards.lecture(), **{name: "yes"})


def test_steps_that_do_not_follow_each_other_are_sent_as_rows_and_columns():
    board = boards.lecture()
    grid = replace(board.stage.grid("output"), when=((0, 7, 14, np.int64(21)), range(4)))
    stage = replace(board.stage, grids=(*board.stage.grids[:3], grid))
    data = data_of(player.page(replace(board, stage=stage)))
    assert data["grids"][3]["when"] == [[0, 7, 14, 21], [0, 1, 2, 3]]
    assert "when" not in data["grids"][0]


def test_a_saved_page_takes_the_options(tmp_path):
    trace = cv.Convolution(KERNEL).trace(IMAGE)
    notes = [("Keras", "Conv2D(1, 3)")]
    path = trace.save(tmp_path / "conv.html", predict=True, notes=notes, reveal=True, title="Mine")
    assert path.read_text("utf-8") == player.page(trace.board(), predict=True, notes=notes, reveal=True, title="Mine")


def test_a_page_is_a_landmark_with_a_heading():
    board = asked_board("maximum")
    page = Page(player.page(board))
    assert len(page.all("main")) == 1
    # The picture says it; where scripts do not run there is no picture.
    assert page.text("h1") == [board.stage.title]
    assert Page(player.fragment(board)).all("h1") == []


def test_an_output_in_a_notebook_is_small():
    assert len(player.fragment(asked_board("maximum")).encode("utf-8")) <= 40_000
