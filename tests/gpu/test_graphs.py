"""Kernels on streams and in CUDA graphs: captured once, with room handed over, and replayed on other numbers."""

import hardware
import numpy as np
import pytest
from hardware import Graph, host, on_gpu, unknown
from real_layers import LAYERS, Judged, each, judged

from convviz.kernels.cuda import arrays, convolution, sums


class Training:
    """Forward and both gradients of a layer, into arrays that stay, with all the room they need."""

    def __init__(self, layer, stream, draw, precision):
        self.layer, self.stream = layer, stream
        self.precision = "float32" if hardware.REHEARSAL else precision
        self.there = on_gpu(*layer.drawn(draw))
        images, _, depth, filters = layer.sizes
        sizes = images, *layer.axes, layer.parts, depth // layer.parts, filters // layer.parts, self.precision
        kinds = "convolve", "input_gradient", "kernel_gradient"
        self.rooms = [unknown(max(1, convolution.scratch_cells(kind, *sizes))) for kind in kinds]
        shapes = layer.shapes()
        rows = shapes[3][0] * shapes[3][1] * shapes[3][2]
        self.bias_room = unknown(sums.chunks_of(rows), filters)
        self.outs = Judged(*(unknown(*shapes[k]) for k in (3, 0, 1, 2)))

    def step(self):
        image, kernel, bias, gradient = self.there
        axes, more = (*self.layer.axes, self.layer.parts), {"precision": self.precision, "stream": self.stream}
        convolution.convolve(image, kernel, bias, *axes, self.outs.result, scratch=self.rooms[0], **more)
        convolution.input_gradient(gradient, kernel, *axes, self.outs.image, scratch=self.rooms[1], **more)
        outs = self.outs[2:]
        more["bias_scratch"] = self.bias_room
        convolution.kernel_gradient(image, gradient, *axes, *outs, scratch=self.rooms[2], **more)

    def put(self, draw):
        """Other numbers in place of those there; what PyTorch says of them."""
        values = self.layer.drawn(draw)
        for array, value in zip(self.there, values, strict=True):
            array.copy_to_device(value)
        for out in self.outs:
            out.copy_to_device(np.full(out.shape, 12345, np.float32))
        hardware.synchronize()
        return judged(self.layer, *values)

    def check(self, wanted):
        for name, found, one in zip(Judged._fields, self.outs, wanted, strict=True):
            np.testing.assert_array_equal(host(found), one, err_msg=name)


@pytest.mark.parametrize("precision", hardware.scaled(["float32", "tf32"], ["float32"], ["tf32"]))
@each(LAYERS, "28x28 32to64", "14x14 64to128", "stride 3 unpadded", "depthwise")
def test_a_captured_step_is_replayed_on_other_numbers(layer, precision, integers, monkeypatch):
    """Nothing is allocated by then, for which there is no place in a graph."""
    stream = hardware.stream()
    training = Training(layer, stream, integers, precision)
    training.step()
    stream.synchronize()
    monkeypatch.setattr(arrays, "empty", None)
    monkeypatch.setattr(arrays, "to_gpu", None)
    graph = Graph(stream, training.step)
    monkeypatch.undo()
    for _ in range(hardware.scaled(3, 2, 1)):
        wanted = training.put(integers)
        graph.replay()
        training.check(wanted)


@pytest.mark.sanitize
@each(LAYERS, "28x28 32to64", "depthwise")
def test_two_streams_do_not_disturb_each_other(layer, integers):
    """Each has room of its own for sums."""
    trainings = [Training(layer, hardware.stream(), integers, "float32") for _ in range(2)]
    wanted = [training.put(integers) for training in trainings]
    for _ in range(hardware.scaled(20, 2, 1)):
        for training in trainings:
            training.step()
    for training, one in zip(trainings, wanted, strict=True):
        training.stream.synchronize()
        training.check(one)
