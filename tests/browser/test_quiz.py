"""The quiz in a browser: fields in the cells of the picture, judged without Python, by pointer and by keyboard."""

import re
from html import escape

import numpy as np
import pytest

import convviz as cv
from convviz.interactive.exercises import KINDS, Exercise, exercise
from convviz.interactive.quizzes import WORDS, quiz

RNG = np.random.default_rng(8)
POOLING = exercise("max_pooling", seed=4)
THREE_CHANNELS = Exercise(
    "convolution", "hard", 0, cv.Convolution(RNG.integers(-2, 3, (3, 3, 3, 1)), bias=4), RNG.integers(0, 5, (5, 5, 3))
)
PROBLEMS = {**{kind: exercise(kind, 3, "hard") for kind in KINDS}, "channels": THREE_CHANNELS}
FULL_WIDTH = str.maketrans("0123456789-.", "０１２３４５６７８９－．")
#: Boxes of fields and of the cells under them, and the heights of letters of the fields and of the input.
PLACES = """() => {
    const box = (element) => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; };
    const svg = document.querySelector(".cv-body svg"), scale = svg.getScreenCTM().a;
    const letters = [...document.querySelectorAll("[data-grid] text")].filter((text) => text.textContent);
    return {
        fields: [...document.querySelectorAll(".cv-fields input")].map(box),
        cells: [...document.querySelectorAll("[data-grid=output] g > rect")].map(box),
        sizes: [...document.querySelectorAll(".cv-fields input")].map((field) => parseFloat(getComputedStyle(field).fontSize)),
        letters: Math.min(...letters.map((text) => scale * parseFloat(text.getAttribute("font-size")))),
    };
}"""
STATES = "(fields) => fields.map((field) => field.dataset.state ?? '')"


def page_of(visit, problem, tmp_path, lang="en", **options):
    """The page of a quiz."""
    source = quiz(problem, lang).save(tmp_path / "quiz.html").read_text("utf-8")
    page = visit(source, **options)
    page.locator(".convviz.mounted").wait_for()
    return page


def fields(page, number=0):
    return page.locator(".convviz").nth(number).locator(".cv-fields input")


def said(page, number=0):
    return page.locator(".cv-said").nth(number)


def wait_for(page, words, number=0):
    """Wait until the message has some words."""
    said(page, number).filter(has_text=words).wait_for()


def states(page, number=0):
    return fields(page, number).evaluate_all(STATES)


def type_all(page, texts):
    """Fill in all cells by the keyboard alone, from the first one on."""
    fields(page).first.focus()
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


@pytest.mark.parametrize("name", PROBLEMS)
def test_all_cells_are_filled_in_by_the_keyboard_alone(name, visit, tmp_path):
    page = page_of(visit, PROBLEMS[name], tmp_path)
    answer = np.ravel(PROBLEMS[name].trace().result).tolist()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "row 0, column 0"
    type_all(page, [f"{value:g}" for value in answer])
    wait_for(page, f"All {len(answer)} cells are right. Well done.")
    assert states(page) == ["right"] * len(answer)


def test_a_wrong_cell_looks_and_is_said_to_be_wrong(visit, tmp_path):
    page = page_of(visit, POOLING, tmp_path)
    answer = POOLING.answer.ravel().tolist()
    type_all(page, [str(answer[0]), "-99", "<b>seven", ""])
    page.wait_for_function("document.querySelectorAll('[data-state=wrong]').length == 2")
    assert states(page) == ["right", "wrong", "wrong", ""]
    assert fields(page).nth(2).get_attribute("aria-invalid") == "true"
    assert [fields(page).nth(n).get_attribute("title") for n in (0, 1)] == [
        "row 0, column 0: right.",
        "row 0, column 1: not right.",
    ]
    looks = [
        fields(page)
        .nth(n)
        .evaluate("(field) => { const s = getComputedStyle(field); return [s.borderStyle, s.backgroundColor]; }")
        for n in (0, 1, 3)
    ]
    assert looks[0][0] == "solid" and looks[1][0] == "dashed" and len({colour for _, colour in looks}) == 3
    fields(page).nth(1).fill("-98")
    assert states(page)[1] == ""  # until it is left
    fields(page).nth(1).press("Tab")
    wait_for(page, "row 0, column 1: not right.\n1 of 4 cells are right.")
    assert said(page).get_attribute("aria-live") == "polite"


def test_texts_that_are_no_number_or_two_say_so(visit, tmp_path):
    for lang, none, two in (
        ("en", "“x” is not a number.", "“1,234” has two meanings"),
        ("ja", "「x」は数では", "「1,234」は 2 通りに"),
    ):
        page = page_of(visit, POOLING, tmp_path, lang)
        for text, words in (("x", none), ("1,234", two)):
            fields(page).first.fill(text)
            fields(page).first.press("Enter")
            wait_for(page, words)


@pytest.mark.parametrize("table", [FULL_WIDTH, FULL_WIDTH | str.maketrans("-.", "ー。"), str.maketrans("-.", "−．")])
def test_answers_typed_on_a_japanese_keyboard(table, visit, tmp_path):
    page = page_of(visit, PROBLEMS["convolution"], tmp_path, "ja")
    answer = PROBLEMS["convolution"].answer.ravel().tolist()
    assert min(answer) < 0
    type_all(page, [f" {value}".translate(table) for value in answer])
    wait_for(page, f"{len(answer)} 個のセルは全て正解です。")
    assert fields(page).first.get_attribute("aria-label") == "行 0、列 0"


def test_a_key_that_an_input_method_takes_goes_nowhere(visit, tmp_path):
    page = page_of(visit, POOLING, tmp_path)
    fields(page).first.fill("9")
    fields(page).first.evaluate(
        "(field) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert fields(page).first.evaluate("(field) => field == document.activeElement")
    assert states(page)[0] == ""


def test_arrow_keys_move_between_cells_and_no_key_leaves_the_fields(visit, tmp_path):
    page = page_of(visit, PROBLEMS["average_pooling"], tmp_path)
    page.evaluate("window.keys = []; document.addEventListener('keydown', ({ key }) => window.keys.push(key))")
    focused = "document.activeElement.getAttribute('aria-label')"
    fields(page).first.focus()
    for key, place in (
        *(
            ("ArrowRight", "0, column 1"),
            ("ArrowDown", "1, column 1"),
            ("ArrowLeft", "1, column 0"),
            ("ArrowLeft", "1, column 0"),
        ),
        *(("ArrowUp", "0, column 0"), ("ArrowUp", "0, column 0"), ("Enter", "0, column 1"), ("Enter", "0, column 2")),
        *(("Enter", "1, column 0"), ("Shift+Enter", "0, column 2"), ("ArrowRight", "0, column 2"), ("Tab", "1, column 0")),
    ):
        page.keyboard.press(key)
        assert page.evaluate(focused) == f"row {place}", key
    page.keyboard.type("12")
    page.keyboard.press("ArrowLeft")  # the caret can go on
    assert page.evaluate(focused) == "row 1, column 0"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "row 1, column 0"
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "row 1, column 1"
    assert page.evaluate("window.keys") == []


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_hint_for_what_is_no_number_says_what_is_expected(lang, visit, tmp_path):
    page = page_of(visit, POOLING, tmp_path, lang)
    words = WORDS[lang]["number"].format(WORDS[lang]["cell"].format(0, 0), "abc")
    fields(page).first.fill("abc")
    hint = page.get_by_role("button", name=WORDS[lang]["hint"])
    for others in ([], ["-77"]):
        for number, text in enumerate(others, 1):
            fields(page).nth(number).fill(text)
        said(page).evaluate("(element) => { element.textContent = '' }")
        hint.click()
        wait_for(page, words)
    assert "-77" in said(page).text_content()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("text", ["1234567", "-1234.5678", "0.123456789012345"])
def test_a_long_entry_is_seen_whole(text, width, visit, tmp_path):
    page = page_of(visit, PROBLEMS["convolution"], tmp_path, viewport={"width": width, "height": 700})
    count = fields(page).count()
    for number in range(count):
        field = fields(page).nth(number)
        field.fill(text)
        box, room, letters = field.evaluate("""(field) => {
            const { left, right } = field.getBoundingClientRect(), look = getComputedStyle(field);
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = `${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
            const spare = field.clientWidth - pen.measureText(field.value).width;
            return [[left, right], spare, parseFloat(look.fontSize)];
        }""")
        assert room >= 0 and letters >= 11 and box[0] >= 0 and box[1] <= width
        field.press("Tab")
        assert field.evaluate("(field) => field.scrollWidth <= field.clientWidth")
        field.fill("7")
    places = page.evaluate(PLACES)
    for field, cell in zip(places["fields"], places["cells"], strict=True):
        assert field == pytest.approx(cell, abs=1)


def test_hints_name_the_mistake_and_not_the_answer(visit, tmp_path):
    page = page_of(visit, POOLING, tmp_path)
    hint = page.get_by_role("button", name="Hint")
    hint.click()
    wait_for(page, "Fill in a cell first; a wrong one gives a hint.")
    type_all(page, [f"{value:g}" for value in np.ravel(cv.avg_pool2d(POOLING.image))])
    hint.click()
    wait_for(page, "Perhaps: The mean of each window was taken, not the maximum.\nThis explains the whole answer.")


def test_a_mistake_of_the_whole_answer_is_named_only_if_it_explains_every_cell(visit, tmp_path):
    page = page_of(visit, POOLING, tmp_path)
    means = [f"{value:g}" for value in np.ravel(cv.avg_pool2d(POOLING.image))]
    hint = page.get_by_role("button", name="Hint")
    type_all(page, means[:2])
    hint.click()
    wait_for(page, "Perhaps: The mean of each window was taken, not the maximum.")
    for wrong in ("-777", str(POOLING.answer[1, 0])):  # a third cell that is not a mean
        fields(page).nth(2).fill(wrong)
        fields(page).nth(2).press("Enter")
        hint.click()
        wait_for(page, f"row 0, column 0 ({means[0]})")
        assert "whole answer" not in said(page).inner_text() and "mean" not in said(page).inner_text().split("\n")[0]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_hint_for_a_cell_is_what_the_report_says(lang, visit, tmp_path):
    problem = PROBLEMS["convolution"]
    answer = problem.answer.ravel().tolist()
    page = page_of(visit, problem, tmp_path, lang)
    wrong = str(-answer[0])
    type_all(page, [wrong, *map(str, answer[1:])])
    page.get_by_role("button", name=WORDS[lang]["hint"]).click()
    report = problem.check(np.reshape([-answer[0], *answer[1:]], problem.answer.shape), lang=lang)
    assert report.explanations[0].sentence(lang) in str(report)
    wait_for(page, report.explanations[0].sentence(lang))


def test_an_accidental_number_gets_no_mistake(visit, tmp_path):
    page = page_of(visit, PROBLEMS["convolution"], tmp_path)
    type_all(page, ["123456.5", "77777"])
    page.get_by_role("button", name="Hint").click()
    wait_for(page, "row 0, column 0 (123456.5): no common slip explains it.")
    assert said(page).inner_text().count("no common slip") == 2


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_answer_can_be_revealed_and_cleared(name, visit, tmp_path):
    page = page_of(visit, PROBLEMS[name], tmp_path, "ja")
    answer = np.ravel(PROBLEMS[name].trace().result).tolist()
    page.get_by_role("button", name="答えを見る").click()
    wait_for(page, "答えを表示しました。")
    assert [float(field.input_value().replace("−", "-")) for field in fields(page).all()] == answer
    assert set(states(page)) == {"right"}
    page.get_by_role("button", name="消去").click()
    wait_for(page, "空白に戻しました")
    assert [field.input_value() for field in fields(page).all()] == [""] * len(answer)
    assert set(states(page)) == {""} and fields(page).first.evaluate("(field) => field == document.activeElement")


@pytest.mark.parametrize("size", [(1280, 720), (640, 720), (390, 844)])
@pytest.mark.parametrize("name", PROBLEMS)
def test_fields_cover_their_cells_in_letters_as_large_as_the_pictures(name, size, visit, tmp_path):
    page = page_of(visit, PROBLEMS[name], tmp_path, viewport={"width": size[0], "height": size[1]})
    for width in (size[0], size[0] - 30):  # the picture follows the page
        page.set_viewport_size({"width": width, "height": size[1]})
        page.wait_for_timeout(50)
        now = page.evaluate(PLACES)
        assert len(now["fields"]) == len(now["cells"]) == PROBLEMS[name].trace().result.size
        assert np.abs(np.subtract(now["fields"], now["cells"])).max() < 1.5
        assert min(now["sizes"]) >= 11 and min(now["sizes"]) == pytest.approx(now["letters"], rel=0.1)
        assert min(box[2] for box in now["fields"]) >= 24
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_quizzes_of_one_problem_do_not_interfere_and_keep_what_was_typed(visit):
    html = POOLING.quiz()._repr_html_()
    source = f"<!DOCTYPE html><meta charset=utf-8>{html}{html}{cv.MaxPooling(2).trace([[3, 4], [1, 2]])._repr_html_()}"
    page = visit(source)
    answer = POOLING.answer.ravel().tolist()
    for number, text in ((0, "-50"), (1, str(answer[0]))):
        fields(page, number).first.fill(text)
        fields(page, number).first.press("Enter")
        page.locator(".cv-fields").nth(number).locator("[data-state]").first.wait_for()
    assert (states(page)[0], states(page, 1)[0]) == ("wrong", "right")
    page.reload()
    page.wait_for_function("document.querySelectorAll('[data-state=right],[data-state=wrong]').length == 2")
    assert (states(page)[0], states(page, 1)[0]) == ("wrong", "right")
    assert [fields(page, number).first.input_value() for number in (0, 1)] == ["-50", str(answer[0])]
    wait_for(page, "1 of 4 cells are right.", 1)


def test_a_quiz_works_in_sandboxed_frames(browser, tmp_path):
    html = escape(POOLING.quiz()._repr_html_())
    frames = f'<iframe sandbox="allow-scripts" width="900" height="640" srcdoc="{html}"></iframe>' * 2
    path = tmp_path / "colab.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{frames}", "utf-8")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    first, second = (page.frame_locator(f"iframe >> nth={place}") for place in range(2))
    second.locator(".cv-fields input").first.fill(str(POOLING.answer[0, 0]))
    second.locator(".cv-fields input").first.press("Enter")
    second.locator("[data-state=right]").wait_for()
    first.get_by_role("button", name="Reveal").click()
    first.locator(".cv-said", has_text="The answer is shown.").wait_for()
    assert second.locator("[data-state=right]").count() == 1
    page.close()
    assert not errors


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_follows_the_readers_preference(scheme, visit, tmp_path):
    page = page_of(visit, POOLING, tmp_path, color_scheme=scheme)
    page.get_by_role("button", name="Reveal").click()
    page.locator("[data-state=right]").first.wait_for()
    style = "(field) => { const s = getComputedStyle(field); return [s.color, s.backgroundColor]; }"
    text, paper = (luminance(colour) for colour in fields(page).first.evaluate(style))
    assert (text > paper) == (scheme == "dark")
    assert (max(text, paper) + 0.05) / (min(text, paper) + 0.05) >= 4.5


def luminance(colour):
    """Relative luminance of a colour as browsers write it: in 255ths, or mixed ones in parts of 1."""
    numbers = [float(part) for part in re.findall(r"[\d.]+", colour.replace("srgb", ""))[:3]]
    parts = [value / (1 if "srgb" in colour else 255) for value in numbers]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_without_scripts_the_problem_is_a_picture(visit, tmp_path):
    source = quiz(POOLING).save(tmp_path / "quiz.html").read_text("utf-8")
    page = visit(source, java_script_enabled=False)
    assert page.locator("img").bounding_box()["width"] > 300
    assert page.get_by_text("The fields for the answer need JavaScript.").is_visible()
