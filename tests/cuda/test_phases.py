"""Tiled kernels at full size, phase by phase on the CPU, against PyTorch's convolutions and the kernels for the CPU."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")
torch = pytest.importorskip("torch")

import phases

from convviz.geometry import window_geometry
from convviz.kernels.cpu import convolution
from convviz.kernels.cuda import gather_tables, gemm, launch

if launch.SIMULATED:
    pytest.skip("phases are compiled for the CPU, not run by the simulator", allow_module_level=True)

#: Image (N, H, W, C), kernel (kh, kw, filters), and settings: layers of the networks for 28 × 28 and 32 × 32 images.
LAYERS = [
    ((2, 28, 28, 1), (3, 3, 32), {"padding": "same"}),
    ((2, 28, 28, 32), (3, 3, 64), {"padding": "same"}),
    ((3, 14, 14, 64), (3, 3, 64), {"padding": "same"}),
    ((3, 14, 14, 64), (3, 3, 128), {}),
    ((2, 32, 32, 3), (5, 5, 32), {"strides": 2, "padding": "same"}),
]
#: Odd ones: tiles that are not full, strides, dilation, groups, padding beside the whole image.
ODD = [
    ((2, 9, 7, 5), (3, 2, 7), {"strides": (2, 3), "padding": "same"}),
    ((1, 11, 13, 6), (3, 3, 9), {"dilation_rate": (2, 3), "padding": "full", "groups": 3}),
    ((2, 8, 8, 16), (3, 3, 24), {"groups": 2, "padding": 1}),
    ((1, 5, 5, 8), (2, 2, 132), {"strides": 3, "padding": ((3, 0), (1, 4))}),
    ((3, 6, 5, 4), (1, 1, 4), {"strides": 2}),
    ((1, 20, 18, 2), (15, 13, 3), {"padding": "same"}),
]
#: Tiles that large batches get, and the tensor cores' own, with a layer.
TILES = [(gemm.LARGE, LAYERS[3]), (gemm.MEDIUM, LAYERS[2]), (gemm.NARROW, LAYERS[1])]
TENSOR_TILES = [(gemm.LARGE, LAYERS[3]), (gemm.MEDIUM, ODD[2]), (gather_tables.TENSOR_NARROW, ODD[0])]


class Case:
    """A layer with random numbers, its axes, and what PyTorch makes of it in double precision."""

    def __init__(self, shape, window, settings, integers=False):
        self.groups = settings.get("groups", 1)
        rest = {name: value for name, value in settings.items() if name != "groups"}
        found = window_geometry(shape[1:3], window[:2], **rest)
        self.axes = found.rows, found.columns
        self.depth, self.filters = shape[3] // self.groups, window[2] // self.groups
        generator = np.random.default_rng(5)
        out = shape[0], found.rows.output, found.columns.output, window[2]
        shapes = shape, (*window[:2], self.depth, window[2]), (window[2],), out

        def draw(shape):
            return generator.integers(-3, 4, shape) if integers else generator.standard_normal(shape)

        self.image, self.kernel, self.bias, self.gradient = (draw(shape).astype(np.float32) for shape in shapes)
        self.sizes = shape[0], *self.axes, self.groups, self.depth, self.filters

    def judged(self):
        """Result and gradients with respect to image, kernel and bias, by PyTorch in double precision."""
        rows, columns = self.axes
        image, kernel, bias, gradient = (
            torch.tensor(array, dtype=torch.float64) for array in (self.image, self.kernel, self.bias, self.gradient)
        )
        for leaf in (image, kernel, bias):
            leaf.requires_grad_(True)
        around = columns.before, columns.after, rows.before, rows.after
        padded = torch.nn.functional.pad(image.permute(0, 3, 1, 2), around)
        result = torch.nn.functional.conv2d(
            padded,
            kernel.permute(3, 2, 0, 1),
            bias,
            (rows.stride, columns.stride),
            0,
            (rows.dilation, columns.dilation),
            self.groups,
        ).permute(0, 2, 3, 1)
        result = result[:, : rows.output, : columns.output]
        result.backward(gradient)
        return [one.detach().numpy() for one in (result, image.grad, kernel.grad)]

    def forward(self, **options):
        """The result, by phases."""
        out = np.full(self.gradient.shape, np.nan, np.float32)
        plan = gather_tables.forward(*self.sizes, **options)
        phases.run(plan, self.image, self.kernel, self.bias, out, relu=options.get("relu", False))
        return out

    def gradients(self, **options):
        """Gradients with respect to image and kernel, by phases."""
        image, kernel = np.full_like(self.image, np.nan), np.full_like(self.kernel, np.nan)
        none = np.zeros(self.image.shape[3], np.float32)
        phases.run(gather_tables.backward(*self.sizes, **options), self.gradient, self.kernel, none, image)
        none = np.zeros(self.kernel.shape[3], np.float32)
        phases.run(gather_tables.weights(*self.sizes, **options), self.image, self.gradient, none, kernel)
        return [image, kernel]

    def kept_on_cpu(self, **options):
        """Maxima of 2 × 2 and their places, by the kernels for the CPU."""
        rows, columns = self.axes
        shape = len(self.image), rows.output // 2, columns.output // 2, len(self.bias)
        out, argmax = np.empty(shape, np.float32), np.empty(shape, np.int32)
        packed = convolution.pack_forward(self.kernel, *self.axes, self.groups)
        convolution.convolve(self.image, packed, self.bias, *self.axes, self.groups, out, argmax, **options)
        return out, argmax


def agree(got, wanted):
    """Whether float32 sums are as near to those in double precision as rounding lets them be."""
    np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6 * np.abs(wanted).max())


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layers_agree_with_pytorch(layer):
    case = Case(*layer)
    for got, wanted in zip([case.forward(), *case.gradients()], case.judged(), strict=True):
        agree(got, wanted)


@pytest.mark.parametrize("layer", ODD, ids=str)
def test_odd_shapes_are_exact(layer):
    case = Case(*layer, integers=True)
    for got, wanted in zip([case.forward(), *case.gradients()], case.judged(), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(("tile", "layer"), TILES, ids=str)
def test_large_tiles_agree_with_pytorch(tile, layer):
    case = Case(*layer)
    for got, wanted in zip([case.forward(tile=tile), *case.gradients(tile=tile)], case.judged(), strict=True):
        agree(got, wanted)


@pytest.mark.parametrize(("tile", "layer"), TENSOR_TILES, ids=str)
def test_tensor_tiles_are_exact_where_rounding_is(tile, layer):
    case = Case(*layer, integers=True)
    results = [case.forward(tile=tile, tensor=True), *case.gradients(tile=tile, tensor=True)]
    for got, wanted in zip(results, case.judged(), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_tensor_tiles_round_to_10_bits():
    case = Case(*LAYERS[1])
    got = [case.forward(tensor=True), *case.gradients(tensor=True)]
    exact = case.judged()
    for array in case.image, case.kernel, case.gradient:
        array.reshape(-1)[:] = [phases.rounded(number) for number in array.reshape(-1)]
    for one, wanted, unrounded in zip(got, case.judged(), exact, strict=True):
        agree(one, wanted)
        assert np.abs(one - unrounded).max() > 20 * np.abs(one - wanted).max()


@pytest.mark.parametrize("tile", [None, gemm.LARGE])
@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("relu", [False, True])
def test_pooled_maxima_and_their_places(tile, tensor, relu):
    case = Case((2, 9, 11, 3), (3, 3, 37), {"padding": "same"}, integers=True)
    case.image[1, 4, 4, 0] = np.nan
    wanted, places = case.kept_on_cpu(relu=relu)
    out, argmax = np.full_like(wanted, np.nan), np.full_like(places, -1)
    plan = gather_tables.forward(*case.sizes, pooled=True, relu=relu, tensor=tensor, tile=tile)
    phases.run(plan, case.image, case.kernel, case.bias, out, argmax)
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(argmax, places)
    assert np.isnan(out).any()
    assert not np.isnan(out).all()


def test_relu_and_splits():
    """A dense layer of few rows: its sums are cut into splits."""
    case = Case((5, 1, 1, 1300), (1, 1, 10), {}, integers=True)
    assert gather_tables.forward(*case.sizes)[0].splits > 1
    np.testing.assert_array_equal(case.forward(relu=True), np.maximum(case.judged()[0], 0))


def test_tensor_cores_need_their_tiles():
    with pytest.raises(ValueError, match="64 rows and 32 columns, 8 × 8 sums a thread"):
        Case(*ODD[0]).forward(tensor=True, tile=gemm.SMALL)


def test_large_batches_get_large_tiles():
    found = window_geometry((14, 14), (3, 3), padding="same")
    sizes = 512, found.rows, found.columns, 1, 64
    assert [gather_tables.forward(*sizes, filters)[0].variant.tile for filters in (32, 64, 128)] == [
        gemm.NARROW,
        gemm.MEDIUM,
        gemm.LARGE,
    ]
