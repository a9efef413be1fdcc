"""The controls of `explore` without a page around them."""

import io
import subprocess
import sys
from datetime import datetime
from html import unescape

import ipywidgets
import numpy as np
import PIL.Image
import pytest
from traitlets import Bytes, Dict, Int, List, observe

import convviz as cv
from convviz.interactive import Explorer
from convviz.interactive.explorer import same_settings
from convviz.interactive.labels import ENGLISH, JAPANESE
from convviz.interactive.start import settings_of


@pytest.fixture
def explorer():
    return Explorer(settings_of("convolution"))


def seen(widget):
    return widget.layout.display != "none"


def choice(explorer, name, axis=None):
    return next(choice for choice in explorer._panels.choices if (choice.name, choice.axis) == (name, axis)).widget


def separated(explorer, name, axis=0):
    """The list of one axis of a setting, after the button that separates the axes was pressed."""
    explorer._panels.axes[name].toggle.value = True
    return choice(explorer, name, axis)


def test_a_choice_changes_operation_and_output(explorer):
    separated(explorer, "strides")
    choice(explorer, "strides", 0).value = 2
    choice(explorer, "padding").value = "same"
    assert explorer.operation.strides == (2, 1)
    np.testing.assert_array_equal(
        explorer.trace.output, cv.conv2d(explorer.image, explorer.operation.kernel, strides=(2, 1), padding="same")
    )
    assert "cv.Convolution([[1, 2, 2], [0, 0, 1], [2, 1, 1]], strides=(2, 1), padding='same')" in unescape(explorer._html)


def test_only_what_gives_an_output_is_offered(explorer):
    assert choice(explorer, "kernel_size", "all").options == tuple((str(n), n) for n in range(1, 7))
    assert "kernel size 7: the kernel spans 7 rows, but the input has only 6." in explorer.message.value
    assert separated(explorer, "kernel_size").options == tuple((str(n), n) for n in range(1, 7))
    explorer.change("dilation_rate", (1, 1))
    assert "kernel size rows 7: the kernel spans 7 rows, but the input has only 6." in explorer.message.value
    choice(explorer, "padding").value = "same"
    assert choice(explorer, "kernel_size", 0).options[-1] == ("7", 7)


def test_text_in_a_cell_leaves_everything_as_it_was(explorer):
    explorer._panels.numbers.open()
    before = explorer._html
    explorer._panels.weights.fields[1][2].value = "abc"
    assert "kernel, row 1, column 2: “abc” is not a number" in explorer.message.value
    assert "The last output stays." in explorer.message.value
    assert explorer._html == before
    assert explorer._panels.weights.fields[1][2].layout.border == "2px dashed #c24e00"
    explorer._panels.weights.fields[1][2].value = "-2"
    assert explorer.operation.kernel[1, 2] == -2
    assert explorer._panels.weights.fields[1][2].layout.border is None
    assert "alert" not in explorer.message.value


def test_fractions_stay_exact(explorer):
    explorer._panels.numbers.open()
    explorer._panels.weights.fields[0][1].value = "1/3"
    assert explorer.trace[0].formula().startswith("0×1 + 2×(1/3) + 3×2")


def test_the_bias_needs_a_number_for_each_filter(explorer):
    explorer._panels.bias.value = "1 2"
    assert "there is 1 filter; give one for each" in explorer.message.value
    explorer._panels.bias.value = "5"
    assert explorer.operation.bias.tolist() == [5]
    explorer._panels.bias.value = ""
    assert explorer.operation.bias is None


def test_what_makes_no_sense_is_not_seen(explorer):
    assert seen(explorer._panels.kernel_part)
    assert not seen(explorer._panels.rows["groups"])
    assert not seen(explorer._panels.rows["amounts"])
    choice(explorer, "padding").value = "amounts"
    assert seen(explorer._panels.rows["amounts"])
    choice(explorer, "kind").value = "max_pooling"
    assert not seen(explorer._panels.kernel_part)
    assert seen(explorer._panels.rows["pool_size"])
    choice(explorer, "kind").value = "global_average_pooling"
    assert not any(seen(explorer._panels.rows[name]) for name in ("pool_size", "strides", "padding", "amounts", "ceil_mode"))


def test_the_padding_can_be_copied_where_there_is_some(explorer):
    assert not seen(explorer._panels.rows["padding_mode"])
    choice(explorer, "padding").value = "same"
    assert seen(explorer._panels.rows["padding_mode"])
    choice(explorer, "padding_mode").value = "circular"
    assert explorer.operation.padding_mode == "circular"
    wanted = cv.examples.lecture_6x6.operation.changed(padding="same", padding_mode="circular")(explorer.image)
    np.testing.assert_array_equal(explorer.trace.output, wanted)
    choice(explorer, "kind").value = "max_pooling"
    assert not seen(explorer._panels.rows["padding_mode"])


def test_an_explorer_begins_with_the_padding_of_its_operation():
    conv = cv.Convolution([[1, 2]], padding=1, padding_mode="nearest")
    explorer = Explorer(settings_of(conv, [[1, 2], [3, 4]]), given=True)
    assert choice(explorer, "padding_mode").value == "replicate"
    np.testing.assert_array_equal(explorer.trace.output, conv([[1, 2], [3, 4]]))


def test_a_worked_example_is_named_until_something_is_changed(explorer):
    explorer._panels.numbers.open()
    explorer._panels.example.value = "textbook_max_pooling"
    np.testing.assert_array_equal(explorer.trace.output, cv.examples.textbook_max_pooling.answer)
    assert explorer._panels.example.value == "textbook_max_pooling"
    explorer._panels.pixels.fields[0][0].value = "77"
    assert explorer._panels.example.value == ""
    assert explorer.image[0, 0] == 77


def test_the_image_that_was_given_stays_at_hand():
    image = np.arange(20).reshape(4, 5)
    explorer = Explorer(settings_of("max_pooling", image), given=True)
    explorer._panels.numbers.open()
    assert explorer._panels.source.value == "given"
    explorer._panels.pixels.fields[0][0].value = "9"
    assert explorer._panels.source.value == "drawn"
    explorer._panels.source.value = "given"
    np.testing.assert_array_equal(explorer.image, image)
    assert image[0, 0] == 0


def test_predicting_hides_results(explorer):
    assert 'data-parts="predict' not in explorer._html
    explorer._panels.prediction.widget.value = True
    assert explorer._predict
    assert 'data-parts="predict' in explorer._html
    assert "= ?" in explorer._html


def test_photographs_are_pictures_without_fields(explorer):
    explorer._panels.numbers.open()
    explorer._panels.source.value = "photograph"
    assert explorer.image.shape == (600, 512, 3)
    assert explorer.operation.kernel.shape == (3, 3, 3, 1)
    assert not seen(explorer._panels.pixels) and seen(explorer._panels.picture)
    assert explorer._panels.picture.value == "a picture of 600 × 512 pixels"


class UploadOfVersion7(ipywidgets.FileUpload):
    """The button for files as ipywidgets 7 has it: its value is a dict, made when the browser has counted up."""

    _counter = Int().tag(sync=True)
    metadata = List(Dict()).tag(sync=True)
    data = List(Bytes()).tag(sync=True)
    value = Dict(read_only=True)

    @observe("_counter")
    def collect(self, change):
        files = zip(self.metadata, self.data, strict=True)
        self.set_trait("value", {about["name"]: {"metadata": about, "content": content} for about, content in files})


def upload(explorer, name, content):
    about, widget = {"name": name, "type": "image/png", "size": len(content)}, explorer._panels.upload
    if isinstance(widget.value, dict):
        with widget.hold_trait_notifications():
            widget.metadata, widget.data, widget._counter = [about], [content], widget._counter + 1
    else:
        widget.value = ({**about, "content": memoryview(content), "last_modified": datetime.now()},)


@pytest.fixture(params=[ipywidgets.FileUpload, UploadOfVersion7], ids=["installed", "version 7"])
def uploading(request, monkeypatch):
    monkeypatch.setattr(ipywidgets, "FileUpload", request.param)
    return Explorer(settings_of("convolution"))


def picture(values):
    file = io.BytesIO()
    PIL.Image.fromarray(np.array(values, np.uint8)).save(file, "png")
    return file.getvalue()


def test_the_same_picture_can_be_uploaded_again(uploading):
    values = np.arange(16).reshape(4, 4)
    for _ in range(2):
        upload(uploading, "own.png", picture(values))
        np.testing.assert_array_equal(uploading.image[..., 0] if uploading.image.ndim == 3 else uploading.image, values)
        assert len(uploading._panels.upload.value) == 0
        uploading._panels.source.value = "photograph"
        assert uploading.image.shape == (600, 512, 3)


def test_after_a_file_that_is_no_picture_a_picture_can_be_uploaded(uploading):
    upload(uploading, "own.png", b"nonsense")
    assert "not a picture" in uploading.message.value and seen(uploading._panels.upload)
    upload(uploading, "own.png", picture([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
    assert uploading.image.shape[:2] == (3, 3) and "not a picture" not in uploading.message.value


@pytest.mark.parametrize(("content", "words"), [(b"", "empty.png is empty (0 bytes)"), (b"nonsense", "not a picture")])
def test_a_file_that_is_no_picture(explorer, content, words):
    before = explorer._html
    upload(explorer, "empty.png", content)
    assert words in explorer.message.value
    assert explorer._html == before


def test_a_large_image_is_shown_reduced_and_computed_in_full():
    image = np.zeros((3000, 3000), np.uint8)
    image[2999, 2999] = 200
    explorer = Explorer(settings_of("max_pooling", image), given=True)
    assert explorer.trace.output.shape == (1500, 1500)
    assert explorer.trace.output[-1, -1] == 200
    assert "pictures show means of 12×12 pixels; all are computed" in explorer._html
    assert len(explorer._html) < 400_000


def test_every_label_has_a_japanese_one():
    assert ENGLISH.keys() == JAPANESE.keys()
    explorer = Explorer(settings_of("convolution"), lang="ja")
    assert explorer._panels.rows["strides"].children[0].value == "ストライド"
    assert "畳み込み" in explorer._html


def axes(explorer, name):
    """The control of a setting with several axes: the value of its one list, or those of its lists."""
    control = explorer._panels.axes[name]
    together, apart = map(seen, control.boxes)
    assert together != apart == control.toggle.value
    return control.together.widget.value if together else tuple(each.widget.value for each in control.apart)


def test_one_control_sets_both_axes_until_they_are_separated(explorer):
    assert axes(explorer, "kernel_size") == 3
    choice(explorer, "kernel_size", "all").value = 5
    assert explorer.operation.kernel.shape == (5, 5)
    assert separated(explorer, "kernel_size", 1).value == 5
    choice(explorer, "kernel_size", 1).value = 2
    assert axes(explorer, "kernel_size") == explorer.operation.kernel.shape == (5, 2)
    explorer._panels.axes["kernel_size"].toggle.value = False  # together again: columns become as many as rows
    assert axes(explorer, "kernel_size") == 5
    assert explorer.operation.kernel.shape == (5, 5)
    explorer.change("strides", (1, 2))  # from elsewhere
    assert axes(explorer, "strides") == (1, 2)
    choice(explorer, "padding").value = "amounts"
    choice(explorer, "amounts", "all").value = 2
    assert explorer.operation.padding == ((2, 2), (2, 2))
    assert separated(explorer, "amounts", 3).value == 2
    choice(explorer, "amounts", 3).value = 0
    assert explorer.operation.padding == ((2, 2), (2, 0))


def test_axes_that_cannot_become_alike_stay_separated():
    explorer = Explorer(settings_of(cv.Convolution(np.ones((4, 1))), np.ones((6, 2))), given=True)
    assert axes(explorer, "kernel_size") == (4, 1)
    explorer._panels.axes["kernel_size"].toggle.value = False
    assert "the kernel spans 4 columns, but the input has only 2" in explorer.message.value
    assert axes(explorer, "kernel_size") == (4, 1)
    assert explorer.operation.kernel.shape == (4, 1)


@pytest.mark.parametrize(("name", "value"), [("kernel_size", (4, 4)), ("strides", (2, 2)), ("dilation_rate", (2, 2))])
def test_one_click_takes_a_setting_to_its_next_value(explorer, name, value):
    less, more = next(each for each in explorer._panels.choices if (each.name, each.axis) == (name, "all")).buttons
    before = explorer.state
    more.click()
    assert getattr(explorer.state, name) == value
    less.click()
    assert getattr(explorer.state, name) == getattr(before, name)


def test_buttons_end_where_nothing_more_is_offered(explorer):
    control = next(each for each in explorer._panels.choices if (each.name, each.axis) == ("strides", "all"))
    less, more = control.buttons
    assert less.disabled and not more.disabled
    for _ in range(9):
        more.click()
    assert explorer.operation.strides == (4, 4)
    assert more.disabled and not less.disabled


def test_what_is_used_less_stands_in_closed_parts(explorer):
    panels = explorer._panels
    for fold in (panels.more, panels.numbers):
        assert not seen(fold.body)
        fold.open()
        assert seen(fold.body)
    assert len(panels.pixels.fields) == 6


def test_a_terminal_is_told_what_to_do():
    run = subprocess.run(
        [sys.executable, "-c", "import convviz as cv; cv.explore('convolution')"], capture_output=True, text=True
    )
    assert run.returncode == 1
    last = run.stderr.splitlines()[-1]
    assert last.startswith("RuntimeError: cv.explore needs a notebook")
    assert "operation.trace(image).save('steps.html')" in last


@pytest.mark.parametrize(("arguments", "words"), [(("convolution", None, "fr"), "lang"), (("maxpooling",), "max_pooling")])
def test_nonsense_is_refused_before_the_notebook_is_asked_for(arguments, words):
    with pytest.raises(ValueError, match=words):
        cv.explore(*arguments)


@pytest.mark.parametrize(("name", "value"), [("strides", (2, 2)), ("padding", ((1, 1), (1, 1))), ("flip_kernel", True)])
def test_settings_are_the_same_only_if_nothing_differs_in_whatever_order(name, value):
    state = settings_of("convolution")
    other = state.change(name, value)
    assert same_settings(state, state) and same_settings(other, other)
    assert not same_settings(state, other) and not same_settings(other, state)
