"""The player in a notebook: executed, converted to HTML and opened without network and without a kernel."""

import pytest

pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("nbconvert", reason="nbconvert is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

import convviz as cv

from .jupyter import nbconvert, without_addresses, write_notebook

CELLS = (
    "import convviz as cv\ntrace = cv.Convolution([[1, 0], [0, 2]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])\ntrace",
    "trace",
)
QUIZZES = (
    "import convviz as cv\ncv.exercise('max_pooling', 4).quiz()",
    "cv.exercise('max_pooling', 4).quiz(lang='ja')",
    "cv.exercise('max_pooling', 4).quiz()",
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """An executed notebook that shows one trace twice, as HTML."""
    folder = tmp_path_factory.mktemp("notebook")
    write_notebook(folder / "book.ipynb", *CELLS)
    nbconvert(folder, "--to", "html", "--execute")
    return (folder / "book.html").read_text("utf-8")


@pytest.fixture
def page(visit, notebook):
    return visit(without_addresses(notebook))


def steps(page):
    return [mount.get_attribute("data-step") for mount in page.locator(".convviz").all()]


def test_both_outputs_step_by_themselves(page):
    assert page.locator(".convviz.mounted").count() == 2
    first, second = page.get_by_role("slider", name="Step").all()
    first.press("ArrowRight")
    first.press("ArrowRight")
    second.press("End")
    assert steps(page) == ["2", "3"]
    second.press("ArrowLeft")
    assert steps(page) == ["2", "2"]


def test_an_output_cell_is_clicked_and_hovered(page):
    cells = page.locator(".convviz").nth(1).locator('[data-grid="output"] [data-row="1"]')
    cells.nth(1).click()
    assert steps(page) == ["0", "3"]
    assert cells.all_text_contents() == [str(4 + 2 * 8), str(5 + 2 * 9)]
    cells.nth(0).hover()
    assert steps(page) == ["0", "2"]
    page.mouse.move(1, 1)
    assert steps(page) == ["0", "3"]


def test_a_weight_lights_what_it_meets(page):
    mount = page.locator(".convviz").first
    mount.locator('[data-grid="kernel"] [data-row="1"][data-column="1"]').hover()
    lit = mount.locator('[data-grid="input"] [data-role="lit"]')
    assert lit.all_text_contents() == ["5", "6", "8", "9"]
    page.mouse.move(1, 1)
    assert lit.count() == 0


def test_play_runs(page):
    mount = page.locator(".convviz").first
    mount.get_by_label("Speed").select_option("16")
    mount.get_by_role("button", name="Play").click()
    page.wait_for_function("+document.querySelector('.convviz').dataset.step >= 2")
    page.wait_for_function("document.querySelector('.convviz').dataset.step == 3")
    assert steps(page)[1] == "0"


def test_where_scripts_are_not_trusted_the_result_is_a_picture(visit, notebook):
    page = visit(notebook, java_script_enabled=False)
    images = page.locator(".convviz img")
    assert images.count() == 2
    for image in images.all():
        assert image.is_visible()
        assert image.bounding_box()["width"] > 200
        assert image.get_attribute("alt").endswith("5×1 + 6×0 + 8×0 + 9×2 = 23")
    assert not page.get_by_role("slider").first.is_visible()


@pytest.fixture(scope="module")
def quiz_book(tmp_path_factory):
    """An executed notebook with three quizzes on one problem, as HTML."""
    folder = tmp_path_factory.mktemp("quizzes")
    write_notebook(folder / "book.ipynb", *QUIZZES)
    nbconvert(folder, "--to", "html", "--execute")
    return (folder / "book.html").read_text("utf-8")


def test_quizzes_judge_without_a_kernel(visit, quiz_book):
    page, answer = visit(without_addresses(quiz_book)), cv.exercise("max_pooling", 4).answer.ravel().tolist()
    quizzes = page.locator(".convviz.mounted")
    assert quizzes.count() == 3
    first, last = quizzes.first.locator(".cv-fields input"), quizzes.nth(2).locator(".cv-fields input")
    for field, value in zip(first.all(), answer, strict=True):
        field.fill(str(value))
        field.press("Enter")
    quizzes.first.locator(".cv-said", has_text="All 4 cells are right.").wait_for()
    last.first.fill("-77")
    last.first.press("Tab")
    quizzes.nth(2).locator(".cv-said", has_text="row 0, column 0: not right.").wait_for()
    assert quizzes.nth(1).locator("[data-state=right],[data-state=wrong]").count() == 0


def test_where_scripts_are_not_trusted_a_quiz_is_a_picture(visit, quiz_book):
    page = visit(quiz_book, java_script_enabled=False)
    images = page.locator(".convviz img")
    assert images.count() == 3
    assert all(image.bounding_box()["width"] > 200 for image in images.all())
    assert page.get_by_text("The fields for the answer need JavaScript.").count() == 2
