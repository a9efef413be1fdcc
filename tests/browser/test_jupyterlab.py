"""`explore` and `compare` in JupyterLab: every control moved once, and what the page shows compared with the reference."""

import json

import numpy as np
import pytest
import reference
from PIL import Image

pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
pytest.importorskip("nbconvert", reason="nbconvert is not installed")

import convviz as cv
from browser.jupyter import READY, Lab, command, grids, nbconvert, to_the_end, without_addresses, write_notebook
from convviz.interactive.start import settings_of
from convviz.steps.notation import shorten

CHANGED = 60_000  # milliseconds
#: Whether the players show these texts in the grids of their feature maps, all put at their last step.
SHOWS = """(expected) => {
    const players = [...document.querySelectorAll(".jp-OutputArea-output .convviz.mounted")];
    if (players.length != 1) return false;
    for (const slider of players[0].querySelectorAll("input[type=range]")) {
        slider.value = slider.max;
        slider.dispatchEvent(new Event("input"));
    }
    return Object.entries(expected).every(([name, rows]) => rows.every((line, row) => line.every((text, column) => {
        const place = `[data-grid="${name}"] [data-row="${row}"][data-column="${column}"] text`;
        return players[0].querySelector(place)?.textContent == text;
    })));
}"""


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser, lab):
    """A function that opens a notebook of these cells in a tab of its own."""
    contexts = []

    def go(name, *cells, run=True, **options):
        if cells:
            write_notebook(lab.files / name, *cells)
        context = browser.new_context(**{"viewport": {"width": 1500, "height": 1200}, **options})
        contexts.append(context)
        page = context.new_page()
        page.strangers = []
        page.on("request", lambda request: None if ours(request.url, lab) else page.strangers.append(request.url))
        return lab.open(page, name, run)

    yield go
    for context in contexts:
        context.close()


def ours(address, lab):
    return address.startswith((lab.address, lab.address.replace("http", "ws"), "data:", "blob:", "about:"))


# ---- every control, moved once ----


@pytest.fixture(scope="module")
def convolution(tab):
    page = tab("convolution.ipynb", "import convviz as cv\nexplorer = cv.explore('convolution')\nexplorer")
    page.wait_for_selector(".convviz.mounted")
    return page


def control(page, title):
    return page.locator(f'.jp-OutputArea [title="{title}"]').first


def reach(page, title=""):
    """Open the closed parts, and separate rows and columns where the control of one of them is wanted."""
    page.wait_for_function("document.querySelector('.convviz-fold[aria-expanded]')")
    for fold in page.locator(".convviz-fold").all():
        if fold.get_attribute("aria-expanded") == "false":
            fold.click()
    page.wait_for_function(READY)
    name, _, axis = title.rpartition(" ")
    apart = {"rows": f"{name}: rows and columns separately", "columns": f"{name}: rows and columns separately"}
    apart |= dict.fromkeys(("top", "bottom", "left", "right"), "cells of padding: each side separately")
    if axis in apart and not control(page, title).is_visible():
        control(page, apart[axis]).click()
        page.wait_for_function(READY)


def choose(page, title, label):
    page.wait_for_function(READY)  # the lists follow the output: a person sees both
    reach(page, title)
    control(page, title).select_option(label=label)
    page.wait_for_function(READY)


def type_in(page, title, text):
    reach(page)
    field = control(page, title)
    field.fill(text)
    field.press("Enter")


def upload(page, path):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="choose a file").click()
    chooser.value.set_files(path)


def tick(page, label):
    reach(page)
    page.get_by_label(label, exact=True).click()


def judged(state):
    """The feature maps that the slow reference gives, as texts by grid."""
    operation, image = state.operation(), state.image.tolist()
    options = {name: getattr(operation, name) for name in operation.settings if name not in ("kernel", "bias", "pool_size")}
    if state.weighted:
        kernel = (operation.kernel if operation.kernel.ndim == 4 else operation.kernel[:, :, None, None]).tolist()
        rule = reference.transposed if state.kind == "transposed_convolution" else reference.convolve
        bias = None if operation.bias is None else operation.bias.tolist()
        result = rule([image], kernel, bias, **options)[0]
    elif "global" in state.kind:
        means = {"global_max_pooling": reference.global_max_pool, "global_average_pooling": reference.global_avg_pool}
        result = [[means[state.kind]([image])[0]]]
    else:
        maxima = state.kind == "max_pooling"
        rule = (lambda *given, **more: reference.max_pool(*given, **more)[0]) if maxima else reference.avg_pool
        result = rule([image], operation.pool_size, **options)[0]
    maps = np.array(result, object)
    names = ["output"] if maps.shape[2] == 1 else [f"output.{f}" for f in range(maps.shape[2])]
    return {name: [[shorten(value).text for value in row] for row in maps[:, :, f].tolist()] for f, name in enumerate(names)}


def shows(page, state):
    """Wait until the player shows what the reference says."""
    page.wait_for_function(SHOWS, arg=judged(state), timeout=CHANGED)
    return state


CONVOLUTION = [
    ("strides rows", lambda page: choose(page, "strides rows", "2"), ("strides", (2, 1))),
    ("strides columns", lambda page: choose(page, "strides columns", "2"), ("strides", (2, 2))),
    ("padding", lambda page: choose(page, "padding", "same"), ("padding", "same")),
    ("dilation rows", lambda page: choose(page, "dilation rows", "2"), ("dilation_rate", (2, 1))),
    ("dilation columns", lambda page: choose(page, "dilation columns", "2"), ("dilation_rate", (2, 2))),
    ("cells of padding", lambda page: choose(page, "padding", "so many cells"), ("padding", "amounts")),
    ("padding top", lambda page: choose(page, "padding top", "1"), ("amounts", (1, 0, 0, 0))),
    ("padding bottom", lambda page: choose(page, "padding bottom", "2"), ("amounts", (1, 2, 0, 0))),
    ("padding left", lambda page: choose(page, "padding left", "3"), ("amounts", (1, 2, 3, 0))),
    ("padding right", lambda page: choose(page, "padding right", "1"), ("amounts", (1, 2, 3, 1))),
    ("padding mode", lambda page: choose(page, "padding mode", "circular"), ("padding_mode", "circular")),
    ("bias", lambda page: type_in(page, "one number for each filter, or nothing", "-4"), ("bias", (-4,))),
    ("flip", lambda page: tick(page, "flip the kernel"), ("flip_kernel", True)),
    ("kernel size rows", lambda page: choose(page, "kernel size rows", "2"), ("kernel_size", (2, 3))),
    ("kernel size columns", lambda page: choose(page, "kernel size columns", "2"), ("kernel_size", (2, 2))),
    ("a weight", lambda page: type_in(page, "kernel, row 1, column 0", "-7"), ("cell", -7, (1, 0, 0, 0))),
    ("a number", lambda page: type_in(page, "input, row 2, column 3", "2.5"), ("pixel", 2.5, (2, 3, 0))),
    ("rows", lambda page: choose(page, "input size rows", "7"), ("size", (7, 6))),
    ("columns", lambda page: choose(page, "input size columns", "5"), ("size", (7, 5))),
    ("channels", lambda page: choose(page, "channels", "2"), ("channels", 2)),
    (
        "a weight of another channel",
        lambda page: [
            choose(page, "kernel, shown channel", "1"),
            page.wait_for_timeout(1000),
            type_in(page, "kernel, row 0, column 0", "5"),
        ],
        ("cell", 5, (0, 0, 1, 0)),
    ),
    ("filters", lambda page: choose(page, "filters", "2"), ("filters", 2)),
    (
        "a weight of another filter",
        lambda page: [
            choose(page, "kernel, shown filter", "1"),
            page.wait_for_timeout(1000),
            type_in(page, "kernel, row 0, column 1", "9"),
        ],
        ("cell", 9, (0, 1, 1, 1)),
    ),
    ("groups", lambda page: choose(page, "groups", "2"), ("groups", 2)),
    ("fewer rows", lambda page: choose(page, "input size rows", "3"), ("size", (3, 5))),
    ("fewer columns", lambda page: choose(page, "input size columns", "3"), ("size", (3, 3))),
    ("transposed", lambda page: choose(page, "operation", "transposed convolution"), ("kind", "transposed_convolution")),
    ("output padding rows", lambda page: choose(page, "output padding rows", "1"), ("output_padding", (1, 0))),
    ("output padding columns", lambda page: choose(page, "output padding columns", "1"), ("output_padding", (1, 1))),
    ("seen from", lambda page: choose(page, "seen from", "the input"), ("view", "scatter")),
    ("valid", lambda page: choose(page, "padding", "valid"), ("padding", "valid")),
    ("max pooling", lambda page: choose(page, "operation", "max pooling"), ("kind", "max_pooling")),
    ("average pooling", lambda page: choose(page, "operation", "average pooling"), ("kind", "average_pooling")),
    ("more rows", lambda page: choose(page, "input size rows", "6"), ("size", (6, 3))),
    ("more columns", lambda page: choose(page, "input size columns", "7"), ("size", (6, 7))),
    ("same", lambda page: choose(page, "padding", "same"), ("padding", "same")),
    ("pool rows", lambda page: choose(page, "pool size rows", "3"), ("pool_size", (3, 2))),
    ("pool columns", lambda page: choose(page, "pool size columns", "3"), ("pool_size", (3, 3))),
    ("ceil mode", lambda page: tick(page, "ceil mode"), ("ceil_mode", True)),
    ("count the padding", lambda page: tick(page, "count the padding"), ("count_include_pad", True)),
    ("global", lambda page: choose(page, "operation", "global max pooling"), ("kind", "global_max_pooling")),
]


def test_every_control_shows_in_the_page(convolution):
    page = convolution
    state = shows(page, settings_of("convolution"))
    for name, act, change in CONVOLUTION:
        act(page)
        try:
            state = shows(page, state.change(*change))
        except Exception as error:
            raise AssertionError(f"{name}: the page shows {grids(page)}, expected {judged(state.change(*change))}") from error
    assert page.strangers == []


def test_photographs_examples_and_kernels_by_name(tab):
    page = tab("photograph.ipynb", "import convviz as cv\nexplorer = cv.explore('convolution')\nexplorer")
    choose(page, "worked example", "Lecture: max pooling 2×2")
    shows(page, settings_of("lecture_max_pooling"))
    choose(page, "worked example", "Lecture: 6×6 input, 3×3 kernel, padding 1")
    state = shows(page, settings_of("lecture_6x6_same"))
    choose(page, "kernel by name", "Sobel: change from left to right")
    shows(page, state.change("kernel", cv.examples.kernel("sobel_x")))
    page.wait_for_function("document.querySelector('[title=\"worked example\"]').selectedOptions[0].text == '—'")
    for source, shape in (("a photograph, grey", "600×512"), ("a photograph, in colour", "600×512")):
        choose(page, "input", source)
        page.wait_for_selector(f"text=input {shape}")
        page.wait_for_selector(".convviz.mounted image")
    choose(page, "input", "a grid to edit")
    shows(page, state.change("kernel", cv.examples.kernel("sobel_x")))
    assert page.strangers == []


# ---- what cannot be shown ----


def alert(page):
    return page.locator('.jp-OutputArea [role="alert"]').inner_text()


def test_nonsense_leaves_the_last_output_and_says_why(tab, tmp_path):
    page = tab("nonsense.ipynb", "import convviz as cv\nexplorer = cv.explore('convolution')\nexplorer")
    state = shows(page, settings_of("convolution"))
    for text, words in (("abc", "“abc” is not a number"), ("", "nothing stands there"), ("1/0", "“1/0” divides by 0")):
        type_in(page, "kernel, row 1, column 2", text)
        page.wait_for_selector(f'[role="alert"]:has-text("{words}")')
        assert alert(page).startswith("⚠ kernel, row 1, column 2: ")
        assert alert(page).endswith("The last output stays.")
        shows(page, state)
    type_in(page, "kernel, row 1, column 2", "8")
    shows(page, state.change("cell", 8, (1, 2, 0, 0)))
    page.wait_for_selector('.jp-OutputArea [role="alert"]', state="detached")
    choose(page, "input", "your own picture")
    for name, content, words in (("empty.png", b"", "empty (0 bytes)"), ("text.png", b"hello", "not a picture")):
        (tmp_path / name).write_bytes(content)
        upload(page, tmp_path / name)
        page.wait_for_selector(f'[role="alert"]:has-text("{words}")')
        shows(page, state.change("cell", 8, (1, 2, 0, 0)))


def test_a_picture_of_ones_own(tab, tmp_path):
    page = tab("own.ipynb", "import convviz as cv\nexplorer = cv.explore('max_pooling')\nexplorer")
    shows(page, settings_of("max_pooling"))
    values = np.arange(40 * 30, dtype=np.uint8).reshape(40, 30)
    Image.fromarray(values).save(tmp_path / "own.png")
    choose(page, "input", "your own picture")
    upload(page, tmp_path / "own.png")
    page.wait_for_selector("text=feature map 20×15")


# ---- stepping ----


def steps(page):
    return [mount.get_attribute("data-step") for mount in page.locator(".convviz.mounted").all()]


def test_stepping_sends_nothing(tab, lab):
    page = tab("silent.ipynb", "import convviz as cv\ncv.explore('convolution')", run=False)
    frames = []

    def listen(socket):
        socket.on("framesent", lambda frame: frames.append(frame))
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", listen)
    lab.open(page, "silent.ipynb")
    page.wait_for_selector(".convviz.mounted")
    page.wait_for_function(READY)
    page.wait_for_timeout(500)
    assert frames  # they are seen at all
    frames.clear()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    slider = page.get_by_role("slider", name="Step")
    for _ in range(5):
        slider.press("ArrowRight")
    assert steps(page) == ["5"]
    about_comms = [frame for frame in frames if b"comm" in (frame if isinstance(frame, bytes) else frame.encode())]
    assert about_comms == []
    assert [url for url in requests if "/api/contents" not in url and "/api/me" not in url] == []


def test_the_player_has_the_keyboard_to_itself(tab):
    """Arrow and letter keys must not reach the notebook, which would move on or insert cells."""
    page = tab("keys.ipynb", "import convviz as cv\ncv.explore('convolution')", "1")
    page.wait_for_selector(".convviz.mounted")
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "b", "a", "x"):
        page.keyboard.press(key)
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.model.cells.length") == 2
    assert steps(page) == ["1"]  # on twice, and back once
    # the controls are reached with Tab, and a list is changed with its keys
    reach(page, "strides rows")
    control(page, "strides rows").focus()
    page.keyboard.press("ArrowDown")
    shows(page, settings_of("convolution").change("strides", (2, 1)))


def test_a_quiz_has_the_keyboard_to_itself(tab):
    page = tab("quiz.ipynb", "import convviz as cv\ncv.exercise('average_pooling', 3, 'hard').quiz()")
    fields = page.locator(".convviz.mounted .cv-fields input")
    fields.first.wait_for()
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    for key in ("a", "b", "d", "d", "x", "z", "ArrowDown", "ArrowRight", "7", "Shift+Enter", "Enter", "Enter"):
        page.keyboard.press(key) if key != "a" else fields.first.press(key)
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert fields.first.input_value() == "abddxz"
    assert fields.nth(4).input_value() == "7"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "row 1, column 2"


def test_predict_mode_hides_the_result_until_it_is_clicked(tab):
    page = tab("predict.ipynb", "import convviz as cv\ncv.explore('convolution')")
    page.wait_for_selector(".convviz.mounted")
    tick(page, "predict: hide results until clicked")
    cell = page.locator('.convviz.mounted [data-grid="output"] [data-row="0"][data-column="0"]')
    page.wait_for_function("""() => document.querySelector(
        '.convviz.mounted [data-grid="output"] [data-row="0"][data-column="0"] text')?.textContent == "?" """)
    assert "18" not in page.locator(".convviz.mounted").inner_text()
    cell.click()
    assert cell.text_content() == "18"


def test_two_views_of_one_output(tab):
    page = tab("views.ipynb", "import convviz as cv\ncv.Convolution([[1, 0], [0, 2]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])")
    page.wait_for_selector(".convviz.mounted")
    command(page, "notebook:create-output-view")
    page.wait_for_function("document.querySelectorAll('.convviz.mounted').length == 2")
    first, second = page.locator(".convviz.mounted").all()
    first.get_by_role("slider", name="Step").press("End")
    second.get_by_role("slider", name="Step").press("ArrowRight")
    assert steps(page) == ["3", "1"]
    assert first.locator('[data-grid="output"] text').all_text_contents()[-1] == str(5 + 2 * 9)


def test_comparisons_step_together(tab):
    page = tab(
        "compare.ipynb",
        "import convviz as cv\nkernel = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]\n"
        "cv.compare(cv.Convolution(kernel, padding='same'), cv.Convolution(kernel))",
    )
    page.wait_for_selector(".convviz.mounted")
    page.locator('[data-grid="right.output"] [data-row="1"][data-column="2"]').click()
    assert steps(page) == [str(2 * 6 + 3)]
    to_the_end(page)
    shown = grids(page)[0]
    same, valid = (judged(settings_of(name))["output"] for name in ("lecture_6x6_same", "lecture_6x6"))
    assert (shown["left.output"], shown["right.output"]) == (same, valid)


# ---- in a window of 1280×720 ----

SMALL = {"width": 1280, "height": 720}
#: The least top and the greatest bottom of what is to be seen, and those of the notebook; the same across.
SEEN = """(names) => {
    const boxes = names.map((name) => document.querySelector(name).getBoundingClientRect());
    const outer = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
    return boxes.map(({ top, bottom, left, right }) =>
        top >= outer.top && bottom <= outer.bottom && left >= outer.left && right <= outer.right);
}"""
NEEDED = (
    ".convviz .cv-body>svg",
    ".cv-controls button",
    ".cv-controls input",
    'button[title="kernel size: increase"]',
    'button[title="strides: increase"]',
)


@pytest.mark.parametrize(
    "call",
    [
        "'convolution'",
        "'max_pooling', lang='en'",
        "cv.Convolution(np.ones((3, 3, 3, 2))), np.arange(75).reshape(5, 5, 3) % 9",
        "'transposed_convolution'",
        "'convolution', cv.examples.photograph()",
    ],
    ids=["convolution", "pooling", "3 channels", "transposed", "photograph"],
)
def test_picture_formula_and_play_are_seen_without_scrolling(tab, call):
    page = tab(f"seen{abs(hash(call))}.ipynb", f"import convviz as cv, numpy as np; cv.explore({call})", viewport=SMALL)
    page.wait_for_selector(".convviz.mounted")
    page.wait_for_selector(".convviz-wide .convviz-hint")
    needed = [name for name in NEEDED if "pooling" not in call or "kernel size" not in name]
    assert all(page.evaluate(SEEN, needed))
    picture = page.locator(".convviz .cv-body>svg").bounding_box()
    assert picture["width"] > 700 or picture["height"] > 420


def press(page, title, by="increase"):
    """One click on a button beside a list."""
    page.locator(f'button[title="{title}: {by}"]').first.click()


def test_kernel_size_and_strides_change_with_one_click(tab):
    page = tab("click.ipynb", "import convviz as cv; cv.explore('convolution')", viewport=SMALL)
    state = shows(page, settings_of("convolution"))
    press(page, "kernel size")
    state = shows(page, state.change("kernel_size", (4, 4)))
    press(page, "strides")
    state = shows(page, state.change("strides", (2, 2)))
    press(page, "kernel size", "decrease")
    shows(page, state.change("kernel_size", (3, 3)))


def cell(page, grid, row, column):
    return page.locator(f'.convviz.mounted [data-grid="{grid}"] [data-row="{row}"][data-column="{column}"]')


def click_cell(page, *place):
    box = cell(page, *place).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".convviz-edit")


def test_numbers_are_edited_in_the_picture(tab):
    page = tab("edit.ipynb", "import convviz as cv; explorer = cv.explore('convolution'); explorer", viewport=SMALL)
    state = shows(page, settings_of("convolution"))
    page.wait_for_selector(".convviz-hint")
    click_cell(page, "input", 2, 3)
    page.keyboard.type("-7")
    page.keyboard.press("ArrowRight")  # takes it, and goes on to the next cell
    page.keyboard.type("2.5")
    page.keyboard.press("Enter")
    state = shows(page, state.change("pixel", -7, (2, 3, 0)).change("pixel", 2.5, (2, 4, 0)))
    # the cell has the focus again, and keys edit it
    page.wait_for_function('document.activeElement?.matches(\'[data-grid=input] [data-row="2"][data-column="4"]\')')
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    assert page.locator(".convviz-edit").count() == 0
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    state = shows(page, state.change("pixel", 6, (3, 4, 0)))
    click_cell(page, "kernel", 1, 1)
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    page.wait_for_selector('[role="alert"]:has-text("kernel, row 1, column 1: “two” is not a number")')
    assert page.evaluate(SEEN, ['.jp-OutputArea [role="alert"]']) == [True]
    shows(page, state)
    click_cell(page, "kernel", 1, 1)
    page.evaluate("""() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", "1\\t2\\n3\\t4\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }""")
    for place, number in zip(((1, 1), (1, 2), (2, 1), (2, 2)), (1, 2, 3, 4), strict=True):
        state = state.change("cell", number, (*place, 0, 0))
    shows(page, state)


def test_a_change_keeps_step_speed_and_playing(tab):
    page = tab("play.ipynb", "import convviz as cv; cv.explore('convolution')", viewport=SMALL)
    page.wait_for_selector(".convviz-hint")
    slider = page.get_by_role("slider", name="Step")
    for _ in range(3):
        slider.press("ArrowRight")
    page.get_by_role("combobox", name="Speed").select_option("0.5")
    page.get_by_role("button", name="Play").click()
    tick(page, "flip the kernel")
    page.wait_for_selector("text=kernel, flipped")
    assert page.get_by_role("combobox", name="Speed").input_value() == "0.5"
    assert page.get_by_role("button", name="Pause").count() == 1
    assert int(steps(page)[0]) >= 3
    page.wait_for_function("document.querySelector('.convviz.mounted').dataset.step == '15'", timeout=CHANGED)


# ---- saved notebooks ----


SAVED = (
    "import convviz as cv\nexplorer = cv.explore('convolution')\nexplorer",
    "explorer.change('strides', (2, 2))",
)


def test_a_reopened_notebook_steps_without_its_kernel(tab, lab):
    page = tab("saved.ipynb", *SAVED)
    state = shows(page, settings_of("convolution").change("strides", (2, 2)))
    command(page, "docmanager:save")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.close()
    page = tab("saved.ipynb", run=False)
    lab.stop_kernels()
    page.wait_for_selector(".convviz.mounted")
    shows(page, state)
    page.get_by_role("slider", name="Step").press("Home")
    page.get_by_role("slider", name="Step").press("ArrowRight")
    assert steps(page) == ["1"]
    assert page.locator(".jp-OutputArea-output code, .jp-OutputArea-output pre").count() >= 3


def executed(folder, *cells):
    """A notebook that nbconvert has run, and which nobody has signed."""
    write_notebook(folder / "book.ipynb", *cells)
    nbconvert(folder, "--to", "notebook", "--execute", "--inplace")
    return folder / "book.ipynb"


def test_an_untrusted_notebook_shows_a_picture(tab, lab, tmp_path):
    book = executed(tmp_path, *SAVED)
    (lab.files / "untrusted.ipynb").write_bytes(book.read_bytes())
    page = tab("untrusted.ipynb", run=False)
    picture = page.locator(".convviz img").first
    picture.wait_for()
    assert page.locator(".convviz.mounted").count() == 0
    assert picture.bounding_box()["width"] > 300
    assert picture.evaluate("image => image.complete && image.naturalWidth > 300")
    assert "= 21" in picture.get_attribute("alt")


def test_an_explorer_as_html_steps_offline(visit, tmp_path):
    executed(tmp_path, *SAVED)
    nbconvert(tmp_path, "--to", "html")
    page = visit(without_addresses((tmp_path / "book.html").read_text("utf-8")))
    page.wait_for_selector(".convviz.mounted")
    to_the_end(page)
    assert grids(page)[0]["output"] == judged(settings_of("convolution").change("strides", (2, 2)))["output"]


def test_the_dark_theme(tab):
    page = tab("dark.ipynb", "import convviz as cv\ncv.explore('convolution')")
    page.wait_for_selector(".convviz.mounted")
    assert page.locator(".convviz.cv-dark").count() == 0
    command(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_selector(".convviz.cv-dark", timeout=CHANGED)
    red, green, blue = page.locator(".convviz .cv-body").evaluate(
        "(body) => getComputedStyle(body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"
    )
    assert max(red, green, blue) < 80
    title = page.locator(".convviz svg text.cv-strong").first.evaluate("(text) => getComputedStyle(text).fill")
    assert min(json.loads(title.replace("rgb(", "[").replace(")", "]"))) > 180
    command(page, "apputils:change-theme", theme="JupyterLab Light")
    page.wait_for_function("!document.querySelector('.convviz.cv-dark')", timeout=CHANGED)


def test_the_controls_are_accessible(tab, npm):
    """axe-core's rules for the output of a cell: controls, message and player."""
    page = tab("accessible.ipynb", "import convviz as cv\ncv.explore('convolution')")
    page.wait_for_selector(".convviz.mounted")
    page.evaluate((npm("axe-core") / "axe.min.js").read_text("utf-8"))
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        command(page, "apputils:change-theme", theme=theme)
        page.wait_for_timeout(1500)  # a theme is a style sheet that is fetched
        found = page.evaluate("axe.run('.jp-OutputArea', { resultTypes: ['violations'] })")
        assert found["passes"] or found["violations"]
        grave = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
        said = [(each["id"], [(n["html"][:160], n["any"][:1]) for n in each["nodes"]]) for each in grave]
        assert said == []


def test_controls_stand_beside_the_player_and_a_change_keeps_the_step(tab):
    page = tab("beside.ipynb", "import convviz as cv\ncv.explore('convolution')")
    page.wait_for_selector(".convviz.mounted")
    controls, player = (page.locator(name).first.bounding_box() for name in (".jp-OutputArea select", ".convviz"))
    assert controls["x"] + controls["width"] < player["x"]
    assert abs(controls["y"] - player["y"]) < 60
    slider = page.get_by_role("slider", name="Step")
    for _ in range(5):
        slider.press("ArrowRight")
    tick(page, "flip the kernel")
    page.wait_for_selector("text=kernel, flipped")
    page.wait_for_function("document.querySelector('.convviz.mounted').dataset.step == '5'")
    choose(page, "strides rows", "2")
    page.wait_for_function("document.querySelector('.convviz.mounted').dataset.step == '0'")
