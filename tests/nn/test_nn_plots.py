"""Plots of networks: nothing overlaps or is cut, and what is drawn is what there is."""

import io
import itertools
import warnings

import matplotlib
import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from convviz.nn import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    Model,
    Sequential,
)
from convviz.nn.graph import nodes_of
from convviz.nn.inspection import feature_maps
from convviz.nn.plots import (
    paper,
    plot_confused,
    plot_confusion_matrix,
    plot_feature_maps,
    plot_filters,
    plot_history,
    plot_model,
    plot_receptive_field,
)
from convviz.nn.plots.curves import as_runs, legend
from convviz.render.figure import japanese_family

RNG = np.random.default_rng(3)
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CLOTHES = (
    "Tシャツ",
    "ズボン",
    "プルオーバー",
    "ドレス",
    "コート",
    "サンダル",
    "シャツ",
    "スニーカー",
    "バッグ",
    "アンクルブーツ",
)


def network():
    """The lecture's largest one."""

    def conv(filters, **options):
        return Conv2D(filters, 3, padding="same", activation="relu", **options)

    first = [conv(32, input_shape=(28, 28, 1)), conv(64), MaxPooling2D(2), Dropout(0.5)]
    second = [conv(64), conv(128), MaxPooling2D(2), Dropout(0.5)]
    return Sequential([*first, *second, Flatten(), Dropout(0.5), Dense(10, activation="softmax")])


def residual(blocks):
    x = y = Input((16, 16, 3))
    y = Conv2D(8, 3, padding="same")(y)
    for _ in range(blocks):
        z = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(y)))
        y = Add()([y, Conv2D(8, 3, padding="same")(z)])
    return Model(x, Dense(10)(GlobalAveragePooling2D()(y)), name="residual")


def inception():
    x = Input((16, 16, 3))
    y = Conv2D(8, 3, padding="same")(x)
    ways = [Conv2D(4, 1)(y), Conv2D(4, 3, padding="same")(Conv2D(2, 1)(y)), Conv2D(4, 1)(MaxPooling2D(3, 1, "same")(y))]
    return Model(x, Add()([Concatenate()(ways), Conv2D(12, 1)(x)]))


def several():
    a, b = Input((8, 8, 1)), Input((10,))
    y = Flatten()(Conv2D(4, 3)(a))
    return Model([a, b], [Dense(3)(Concatenate()([y, b])), Dense(2)(y)])


def deep(count):
    names = [f"convolution_number_{n}" for n in range(count)]
    return Sequential([Conv2D(4, 3, padding="same", name=name, input_shape=(8, 8, 4)) for name in names])


MODELS = {
    "network": network,
    "one block": lambda: residual(1),
    "five blocks": lambda: residual(5),
    "inception": inception,
    "several": several,
    "three": lambda: deep(3),
    "twenty": lambda: deep(20),
    "one": lambda: deep(1),
}


def drawn(figure):
    """Draw a figure, any warning an error, and give its pixels."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def texts(figure):
    """All texts that are shown, with their boxes (left, bottom, right, top) in pixels."""
    renderer = figure.canvas.get_renderer()
    found = list(figure.axes[0].texts)
    for axes in figure.axes[1:]:
        for axis in (axes.xaxis, axes.yaxis):
            # matplotlib keeps ticks beyond the ends and does not draw them
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            assert not axis.get_offset_text().get_text()
    assert len(figure.findobj(Text)) >= len(found)
    for text in found:
        if text.get_text().strip():
            yield text, text.get_window_extent(renderer)


def words(figure):
    return [text.get_text() for text, _ in texts(figure)]


def require_tidy(figure):
    """Every text is inside the figure, large enough, and apart from the others."""
    drawn(figure)
    boxes = []
    for text, box in texts(figure):
        assert box.x0 >= 0 and box.y0 >= 0, text
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height, text
        assert text.get_fontsize() * figure.dpi / 72 >= 10, text
        boxes.append((text, box))
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
        assert apart, (one.get_text(), other.get_text())
    assert boxes


# ------------------------------------------------------------ architecture


def layer_boxes(figure):
    """The boxes of layers as (left, top, right, bottom)."""
    found = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    return [(p.get_x(), p.get_y(), p.get_x() + p.get_width(), p.get_y() + p.get_height()) for p in found]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_models_are_drawn_tidily(name, theme):
    require_tidy(plot_model(MODELS[name](), theme=theme))


@pytest.mark.parametrize("name", MODELS)
def test_no_box_overlaps_another_and_no_line_crosses_one(name):
    model = MODELS[name]()
    figure = plot_model(model)
    boxes = layer_boxes(figure)
    assert len(boxes) == len(nodes_of(model))
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] + 20 <= b[0] or b[2] + 20 <= a[0] or a[3] + 20 <= b[1] or b[3] + 20 <= a[1]
    lines = figure.axes[0].lines
    assert len(lines) == sum(len(node.inputs) for node in nodes_of(model))
    for line in lines:
        points = dense(line.get_xydata())
        for left, top, right, bottom in boxes:
            inside = (points > (left + 1, top + 1)) & (points < (right - 1, bottom - 1))
            assert not inside.all(axis=1).any()


def dense(points):
    """Many points on a line through some."""
    return np.concatenate([np.linspace(a, b, 50) for a, b in itertools.pairwise(points)])


@pytest.mark.parametrize("name", MODELS)
def test_lines_go_from_box_to_box_as_tensors_do(name):
    model = MODELS[name]()
    figure = plot_model(model)
    boxes = dict(zip((id(node.output) for node in nodes_of(model)), layer_boxes(figure), strict=True))
    expected = [(boxes[id(tensor)], boxes[id(node.output)]) for node in nodes_of(model) for tensor in node.inputs]
    for line, (start, end) in zip(figure.axes[0].lines, expected, strict=True):
        (x, y), (goal_x, goal_y) = line.get_xydata()[0], line.get_xydata()[-1]
        assert start[0] < x < start[2] and y == pytest.approx(start[3], abs=1)
        assert end[0] < goal_x < end[2] and end[1] - 8 <= goal_y <= end[1]


def test_boxes_say_name_kind_shape_and_weights():
    found = words(plot_model(network()))
    assert "192,330 parameters, all trained · from 28 × 28 × 1 to 10" in found
    for text in ("conv2d_3", "Conv2D 3×3, relu", "14 × 14 × 128", "73,856 params", "MaxPooling2D 2×2", "Dropout 0.5", "6,272"):
        assert text in found


def test_frozen_layers_are_marked():
    model = network()
    model.layers[0].trainable = False
    found = words(plot_model(model))
    assert "320 params, frozen" in found and any("192,010 of them trained" in text for text in found)


def test_twenty_layers_fit_a_slide():
    figure = plot_model(deep(20))
    assert figure.bbox.width <= 1600 and figure.bbox.height <= 800


# ------------------------------------------------------------ learning curves


RUN = {"loss": [1.0, 0.6, 0.5], "accuracy": [0.5, 0.7, 0.8], "val_loss": [0.9, 0.65, 0.7], "val_accuracy": [0.6, 0.72, 0.7]}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "history",
    [
        RUN,
        {"loss": [1.0]},
        {"loss": list(np.geomspace(1e-6, 3, 200))},
        {"loss": [float("nan"), float("nan")]},
        {f"a network with a long name, number {n}": RUN for n in range(5)},
        RUN | {name: [0.1, 0.2, 0.3] for name in ("mean_absolute_error", "top_5", "recall")},
    ],
)
def test_curves_are_drawn_tidily(history, theme):
    require_tidy(plot_history(history, theme=theme))


def test_curves_are_the_numbers_from_epoch_1():
    sheet, loss, accuracy = plot_history(RUN).axes
    assert [line.get_ydata().tolist() for line in loss.lines] == [RUN["loss"], RUN["val_loss"]]
    assert [line.get_ydata().tolist() for line in accuracy.lines] == [RUN["accuracy"], RUN["val_accuracy"]]
    assert all(line.get_xdata().tolist() == [1, 2, 3] for axes in (loss, accuracy) for line in axes.lines)
    found = [text.get_text() for text in sheet.texts]
    assert "best validation: 0.65 in epoch 2" in found and "best validation: 0.72 in epoch 2" in found


def test_a_real_history_is_drawn():
    model = Sequential([Flatten(input_shape=(2, 2)), Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = RNG.random((20, 2, 2)), np.arange(20) % 2
    history = model.fit(x, y, epochs=6, validation_data=(x, y), validation_freq=2, verbose=0)
    _, loss, _ = plot_history(history).axes
    assert [line.get_xdata().tolist() for line in loss.lines] == [[1, 2, 3, 4, 5, 6], [2, 4, 6]]
    later = model.fit(x, y, epochs=8, initial_epoch=6, verbose=0)
    assert plot_history(later).axes[1].lines[0].get_xdata().tolist() == [7, 8]


def test_several_runs_have_a_colour_each():
    _, loss, _ = plot_history([RUN, RUN], labels=["one", "two"]).axes
    colours = [line.get_color() for line in loss.lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert [line.get_linestyle() for line in loss.lines] == ["-", "--"] * 2


@pytest.mark.parametrize(
    ("history", "labels", "text"),
    [({"loss": []}, None, "no epoch"), ([RUN, RUN], ["a"], "labels must be"), ([RUN, RUN], ["a", "a"], "all different")],
)
def test_histories_that_cannot_be_drawn_are_refused(history, labels, text):
    with pytest.raises(ValueError, match=text):
        plot_history(history, labels)


# ------------------------------------------------------------ filters


def built(layer, channels, size=12):
    Sequential([Input((size, size, channels)), layer])
    return layer


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("layer", "channels"),
    [
        (Conv2D(1, 3), 1),
        (Conv2D(4, 3), 1),
        (Conv2D(32, 3), 1),
        (Conv2D(128, 5), 1),
        (Conv2D(200, 3), 1),
        (Conv2D(8, 3), 3),
        (Conv2D(64, 3), 32),
        (Conv2D(256, 3), 128),
        (DepthwiseConv2D(3), 16),
        (Conv2D(8, (1, 12)), 1),
    ],
)
def test_filters_are_drawn_tidily(layer, channels, theme):
    require_tidy(plot_filters(built(layer, channels), theme=theme))


def test_pictures_of_filters_are_the_weights_on_one_scale():
    layer = built(Conv2D(6, 3), 1)
    *pictures, scale = plot_filters(layer).axes[0].images
    assert len(pictures) == 6
    most = np.abs(layer.kernel).max()
    for number, picture in enumerate(pictures):
        np.testing.assert_array_equal(picture.get_array(), layer.kernel[:, :, 0, number])
        assert picture.get_clim() == pytest.approx((-most, most))
    assert scale.get_array()[0] > 0 > scale.get_array()[-1]


def test_few_filters_have_their_numbers():
    layer = built(Conv2D(4, 3), 1)
    layer.kernel[...] = np.round(RNG.uniform(-1, 1, layer.kernel.shape), 2)
    layer.kernel[0, 0, 0, 0] = -0.001
    found = words(plot_filters(layer))
    for value in layer.kernel[..., 1].ravel():
        assert f"{value:.2f}".replace("-", "−") in found
    assert "0.00" in found and "−0.00" not in found


def test_a_table_of_filters_holds_every_weight():
    layer = built(Conv2D(5, (3, 2)), 4)
    table = plot_filters(layer).axes[0].images[0].get_array().filled(np.nan)
    kernels = layer.kernel.transpose(2, 3, 0, 1)
    clear = [~np.isnan(table).all(axis=axis) for axis in (1, 0)]
    cells = table[np.ix_(*clear)]
    scale = cells.shape[0] // (4 * 3)
    assert cells.shape == (4 * 3 * scale, 5 * 2 * scale)
    found = cells[::scale, ::scale].reshape(4, 3, 5, 2).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(found.astype(np.float32), kernels)


def test_a_channel_can_be_chosen():
    layer = built(Conv2D(6, 3), 4)
    *pictures, _ = plot_filters(layer, channel=2).axes[0].images
    np.testing.assert_array_equal(pictures[5].get_array(), layer.kernel[:, :, 2, 5])
    with pytest.raises(ValueError, match="channels 0 to 3, not 4"):
        plot_filters(layer, channel=4)


def table_of(figure):
    """The kernels in a table, (channels, filters, rows, columns) of 3 × 3, and its pixels of a cell."""
    table = figure.axes[0].images[0].get_array().filled(np.nan)
    clear = [~np.isnan(table).all(axis=axis) for axis in (1, 0)]
    cell = next(size for size in range(1, 99) if not clear[0][3 * size : 3 * size + 1].any())
    cells = table[np.ix_(*clear)][::cell, ::cell]
    return cells.reshape(len(cells) // 3, 3, -1, 3).transpose(0, 2, 1, 3), cell


def test_of_a_large_layer_the_first_filters_are_shown_so_that_they_can_be_read():
    layer = built(Conv2D(64, 3), 32)
    figure = plot_filters(layer)
    found, cell = table_of(figure)
    np.testing.assert_array_equal(found.astype(np.float32), layer.kernel.transpose(2, 3, 0, 1)[:10, :19])
    assert cell >= 16
    assert words(figure)[1] == (
        "64 filters of 3 × 3 × 32 channels, of which filters 0 to 18 and channels 0 to 9: "
        "filters to the right, channels downwards"
    )


def test_filters_and_channels_can_be_chosen():
    layer = built(Conv2D(64, 3), 32)
    figure = plot_filters(layer, [0, 5, 9], range(40, 45))
    found, _ = table_of(figure)
    expected = layer.kernel.transpose(2, 3, 0, 1)[np.ix_([0, 5, 9], range(40, 45))]
    np.testing.assert_array_equal(found.astype(np.float32), expected)
    assert words(figure)[2:10] == ["40", "41", "42", "43", "44", "0", "5", "9"]
    assert "of which filters 40 to 44 and channels 0, 5, 9:" in words(figure)[1]
    found, _ = table_of(plot_filters(layer, range(32), range(64)))
    assert found.shape == (32, 64, 3, 3)


def test_one_chosen_filter_of_one_channel_has_its_number():
    layer = built(Conv2D(200, 3), 4)
    figure = plot_filters(layer, 2, 150)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), layer.kernel[:, :, 2, 150])
    assert words(figure)[1:3] == ["200 filters of 3 × 3 × 4 channels, of which filter 150 and channel 2", "150"]
    assert len(plot_filters(layer, 2).axes[0].images) == 128 + 1
    assert len(plot_filters(layer, 2, range(200)).axes[0].images) == 200 + 1


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"filters": 6}, ValueError, "has the filters 0 to 5, not 6"),
        ({"filters": [0, -1]}, ValueError, "has the filters 0 to 5, not -1"),
        ({"filters": []}, ValueError, "has the filters 0 to 5; choose at least one"),
        ({"filters": "all"}, TypeError, "choose one, or a list of them, not 'all'"),
        ({"channel": [0, 1.5]}, ValueError, "takes the channels 0 to 3, not 1.5"),
    ],
)
def test_choices_that_are_not_there_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        plot_filters(built(Conv2D(6, 3), 4), **settings)
    with pytest.raises(ValueError, match="leave channel and filters out"):
        plot_filters(Sequential([Dense(2, input_shape=(3,))]).layers[0], filters=1)


def test_a_dense_layer_is_one_picture():
    small, large = (Sequential([Dense(units, input_shape=(size,))]).layers[0] for units, size in ((3, 5), (10, 5000)))
    np.testing.assert_array_equal(plot_filters(small).axes[0].images[0].get_array(), small.kernel)
    means = plot_filters(large).axes[0].images[0].get_array()
    assert means.shape[1] == 10 and len(means) < 800
    assert means.mean() == pytest.approx(large.kernel.mean(), abs=1e-3)
    for layer in (small, large):
        require_tidy(plot_filters(layer))


@pytest.mark.parametrize(("layer", "error"), [(Flatten(), TypeError), (Conv2D(3, 3), ValueError)])
def test_layers_without_kernels_are_refused(layer, error):
    with pytest.raises(error):
        plot_filters(layer)


# ------------------------------------------------------------ feature maps and receptive fields


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("make", "shape"), [(network, (28, 28)), (inception, (16, 16, 3)), (lambda: residual(5), (16, 16, 3))])
def test_feature_maps_are_drawn_tidily(make, shape, theme):
    require_tidy(plot_feature_maps(make(), RNG.random(shape), theme=theme))


def test_pictures_of_maps_are_the_maps():
    model, image = network(), RNG.random((28, 28, 1), dtype=np.float32)
    first, *pictures = plot_feature_maps(model, image, ["conv2d", "max_pooling2d"]).axes[0].images
    np.testing.assert_allclose(first.get_array(), image[..., 0])
    found = feature_maps(model, image)
    expected = [*np.moveaxis(found["conv2d"], 2, 0), *np.moveaxis(found["max_pooling2d"], 2, 0)]
    for picture, maps in zip(pictures, expected, strict=True):
        np.testing.assert_array_equal(picture.get_array(), maps)
    assert pictures[0].get_clim() == pytest.approx((0, found["conv2d"].max()))


def test_maps_lie_inside_the_figure_and_apart():
    figure = plot_feature_maps(network(), RNG.random((28, 28)))
    boxes = [image.get_extent() for image in figure.axes[0].images]
    assert len(boxes) == 1 + 32 + 64 + 64 + 64 + 128 + 128
    for left, right, bottom, top in boxes:
        assert 0 <= left < right <= figure.bbox.width and 0 <= top < bottom <= figure.bbox.height
    for a, b in itertools.combinations(boxes, 2):
        assert a[1] < b[0] or b[1] < a[0] or a[2] < b[3] or b[2] < a[3]


def test_negative_maps_are_drawn_around_zero():
    model = Sequential([Conv2D(2, 3, input_shape=(6, 6, 1))])
    low, high = plot_feature_maps(model, RNG.normal(size=(6, 6))).axes[0].images[1].get_clim()
    assert low == -high < 0


def test_layers_without_maps_are_refused():
    with pytest.raises(ValueError, match="'dense' gives no images"):
        plot_feature_maps(network(), np.zeros((28, 28)), ["dense"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("image", [None, RNG.random((28, 28))])
@pytest.mark.parametrize(
    ("layer", "row", "column"), [("conv2d_3", 0, 0), ("conv2d_1", 14, 3), ("max_pooling2d_1", 6, 6), ("conv2d", 27, 0)]
)
def test_receptive_fields_are_drawn_tidily(layer, row, column, image, theme):
    require_tidy(plot_receptive_field(network(), layer, row, column, image, theme=theme))


def test_the_outline_is_the_receptive_field():
    model, image = network(), RNG.random((28, 28))
    figure = plot_receptive_field(model, "max_pooling2d", 5, 8, image)
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    cell = (right - left) / 28
    outlines = [patch for patch in figure.axes[0].patches if patch.get_facecolor()[3] == 0]
    x, y = outlines[0].get_xy()
    found = [(x - left) / cell, (y - top) / cell, outlines[0].get_width() / cell, outlines[0].get_height() / cell]
    assert found == pytest.approx([14, 8, 6, 6])
    assert "It sees 6 × 6 cells of the image: rows 8 to 13, columns 14 to 19." in words(figure)
    shown = figure.axes[0].images[1].get_array()
    maps = feature_maps(model, image)["max_pooling2d"]
    np.testing.assert_array_equal(shown, maps[:, :, maps[5, 8].argmax()])


def crosses(start, end, box):
    """Whether a line goes through a box (left, top, right, bottom)."""
    across = np.linspace(start, end, 2000)
    return bool(((across >= box[:2]) & (across <= box[2:])).all(axis=1).any())


@pytest.mark.parametrize("image", [None, RNG.random((28, 28))])
@pytest.mark.parametrize(
    ("layer", "row", "column"),
    [("conv2d_3", 0, 0), ("conv2d_3", 0, 13), ("conv2d_2", 2, 9), ("max_pooling2d", 0, 13), ("conv2d_1", 27, 27)],
)
def test_no_line_crosses_words(layer, row, column, image):
    figure = plot_receptive_field(network(), layer, row, column, image)
    drawn(figure)
    height = figure.bbox.height
    # without those between cells
    lines = [np.transpose(line.get_data()) for line in figure.axes[0].lines if line.get_zorder() == 4]
    assert len(lines) == 2
    for text, box in texts(figure):
        place = np.array([box.x0, height - box.y1, box.x1, height - box.y0])
        assert not any(crosses(*line, place) for line in lines), text.get_text()


@pytest.mark.parametrize("size", [27, 28, 29, 33])
@pytest.mark.parametrize("image", [False, True])
def test_both_pictures_have_a_frame_on_all_sides(size, image):
    model = Sequential([Conv2D(2, 3, padding="same", input_shape=(size, size, 1)), MaxPooling2D(3), Conv2D(2, 2)])
    figure = plot_receptive_field(model, "conv2d_1", 3, 4, RNG.random((size, size)) if image else None)
    pixels, edge = drawn(figure), np.array([int(paper.find_theme("light").edge[n : n + 2], 16) for n in (1, 3, 5)])
    frames = [patch for patch in figure.axes[0].patches if patch.get_zorder() == 1.5]
    assert len(frames) == 2
    for frame in frames:
        left, top = (round(side) for side in frame.get_xy())
        right, bottom = left + round(frame.get_width()) - 1, top + round(frame.get_height()) - 1
        for side in (pixels[top, left:right], pixels[bottom, left:right], pixels[top:bottom, left], pixels[top:bottom, right]):
            assert (np.abs(side - edge).max(axis=1) <= 2).mean() > 0.8


def test_a_dense_unit_has_no_place():
    with pytest.raises(ValueError, match="gives no images"):
        plot_receptive_field(network(), "dense", 0, 0)


# ------------------------------------------------------------ confusion


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("names", [None, FASHION, CLOTHES, ("a very long name of a class, which is cut",) * 10])
def test_matrices_are_drawn_tidily(names, scale, theme):
    if names is CLOTHES and not japanese_family():
        pytest.skip("no Japanese font")
    matrix = RNG.integers(0, 10, (10, 10)) * scale
    figure = plot_confusion_matrix(matrix, names, theme=theme)
    require_tidy(figure)
    assert words(figure).count(f"{9 * scale:,}") == (matrix == 9 * scale).sum() + (names is None and scale == 1) * 2


@pytest.mark.parametrize("count", [1, 2, 4, 20, 30, 100])
def test_matrices_of_every_size_are_tidy(count):
    require_tidy(plot_confusion_matrix(RNG.integers(0, 99, (count, count))))


def test_cells_hold_their_counts():
    matrix = np.arange(16).reshape(4, 4) * 100
    figure = plot_confusion_matrix(matrix, ("bar", "cross", "circle", "corner"))
    image = figure.axes[0].images[0]
    left, right, bottom, top = image.get_extent()
    cell = (right - left) / 4
    for text in figure.axes[0].texts:
        x, y = text.get_position()
        if left < x < right and top < y < bottom:
            row, column = int((y - top) // cell), int((x - left) // cell)
            assert text.get_text() == f"{matrix[row, column]:,}"
    np.testing.assert_allclose(image.get_array(), matrix / matrix.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_counts_can_be_read_on_every_shade(theme):
    figure = plot_confusion_matrix([[n, 20 - n] for n in (3, 11)], theme=theme)
    image = figure.axes[0].images[0]
    shades = image.cmap(image.norm(image.get_array())).reshape(-1, 4)
    counts = [text for text in figure.axes[0].texts if text.get_text() in ("3", "17", "11", "9")]
    for text, shade in zip(counts, shades, strict=True):
        light, dark = sorted([paper.luminance(shade[:3]), paper.luminance(text.get_color())], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(("matrix", "names"), [(np.zeros((2, 3)), None), (np.eye(3), ["a", "b"])])
def test_matrices_that_do_not_fit_are_refused(matrix, names):
    with pytest.raises(ValueError, match="confusion matrix is|class names"):
        plot_confusion_matrix(matrix, names)


@pytest.mark.skipif(not japanese_family(), reason="no Japanese font")
def test_japanese_names_are_no_boxes():
    first, second = (drawn(plot_confusion_matrix(np.eye(2), [name, "b"])) for name in ("畳", "込"))
    assert (first != second).any()  # two boxes would be the same


def pictures_and_classes():
    model = Sequential([AveragePooling2D(4, input_shape=(8, 8, 1)), Flatten(), Dense(10, activation="softmax")])
    return model, RNG.random((40, 8, 8)), RNG.integers(0, 10, 40)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("names", [None, FASHION, CLOTHES, ("a very long name of a class, which is cut",) * 10])
def test_mistakes_are_drawn_tidily(names, theme):
    if names is CLOTHES and not japanese_family():
        pytest.skip("no Japanese font")
    require_tidy(plot_confused(*pictures_and_classes(), names, theme=theme))


def test_mistakes_are_the_images_with_both_classes():
    model, x, y = pictures_and_classes()
    shares = model.predict(x, verbose=0)
    wrong = [n for n in np.argsort(-shares.max(1), kind="stable") if shares[n].argmax() != y[n]]
    figure = plot_confused(model, x, y, FASHION, n=7)
    assert len(figure.axes[0].images) == 7
    for image, number in zip(figure.axes[0].images, wrong, strict=False):
        np.testing.assert_array_equal(image.get_array(), x[number])
    expected = f"predicted {FASHION[shares[wrong[0]].argmax()]}, {100 * shares[wrong[0]].max():.0f} %"
    assert words(figure)[2:4] == [expected, f"is {FASHION[y[wrong[0]]]}"]


def test_no_mistakes_are_no_images():
    model, x, _ = pictures_and_classes()
    figure = plot_confused(model, x, model.predict(x, verbose=0).argmax(1))
    assert not figure.axes[0].images and "0 of 40 images are predicted wrongly" in words(figure)
    require_tidy(figure)


# ------------------------------------------------------------ all


def test_settings_of_matplotlib_stay_and_do_not_matter():
    before = dict(matplotlib.rcParams)
    plain = drawn(plot_history(RUN)), drawn(plot_model(network()))
    assert dict(matplotlib.rcParams) == before
    settings = {"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9, "text.color": "red", "axes.edgecolor": "red"}
    with matplotlib.rc_context(settings):
        other = drawn(plot_history(RUN)), drawn(plot_model(network()))
    for one, two in zip(plain, other, strict=True):
        np.testing.assert_array_equal(one, two)


def test_pictures_fill_their_frames_to_the_pixel():
    sheet = paper.Paper(640, 400)
    spots = [(28 + 131 * n, 99 + 23 * n, 117 + n, 90 + n) for n in range(4)]
    for left, top, width, height in spots:
        sheet.picture(np.zeros((3, 3)), (left, top, width, height), "gray", 0, 1)
    pixels = drawn(sheet.figure)[..., 0]
    for left, top, width, height in spots:
        part = pixels[top - 2 : top + height + 2, left - 2 : left + width + 2]
        assert (part[2:-2, 2:-2] == 0).all() and (part[[0, -1]] == 255).all() and (part[:, [0, -1]] == 255).all()
        frame = np.concatenate([part[1, 1:-1], part[-2, 1:-1], part[1:-1, 1], part[1:-1, -2]])
        assert (frame == 0x8A).all()


@pytest.mark.parametrize("theme", ["blue", None])
def test_unknown_themes_are_refused(theme):
    with pytest.raises(ValueError, match="theme is"):
        plot_model(network(), theme=theme)


def test_the_legend_has_the_marks_of_the_curves():
    long = {"loss": [1] * 40, "val_loss": [1] * 40}
    assert [mark for *_, mark in legend(as_runs({"a": long, "b": long}, None))] == ["", "", "", ""]
    assert [words for words, *_ in legend(as_runs({"val_loss": [1, 2]}, None))] == ["validation"]


@pytest.mark.parametrize("history", [3, None, "loss", [3, 4], {"loss": 3}, {"a": RUN, "b": 3}, {"loss": "ab"}])
def test_what_is_no_history(history):
    with pytest.raises(TypeError, match="^history is .*; expected what fit returned, or a dict of lists such as {'loss': "):
        plot_history(history)
