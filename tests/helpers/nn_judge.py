"""A judge of networks: the layers of a model computed by PyTorch in float64, from the model's graph and settings alone."""

import math

import numpy as np
import reference
import torch
from torch.nn import functional

from convviz.kernels.cpu import dropout
from convviz.nn.graph import nodes_of

__all__ = ["Judge", "gradients", "judged_gradients", "train"]

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "elu": functional.elu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),
    "selu": functional.selu,
    "softplus": functional.softplus,
    "swish": functional.silu,
    "gelu": functional.gelu,
    "mish": functional.mish,
    "softmax": lambda x: x.softmax(-1),
}


class Judge:
    """A model's numbers in PyTorch.

    Parameters
    ----------
    model : convviz.nn.Model
    training : bool
        Whether batch normalization goes by the batch, and dropout drops.
    step : int
        Of training, for dropout's masks.
    """

    def __init__(self, model, training=True, step=0):
        self.model, self.training, self.step = model, training, step
        self.parameters = {
            id(weight): torch.tensor(weight.array, dtype=torch.float64, requires_grad=True) for weight in model.weights
        }

    def weight(self, layer, name):
        """A weight of a layer as a tensor, None where there is none."""
        return next((self.parameters[id(weight)] for weight in layer.weights if weight.name == name), None)

    def __call__(self, *arrays):
        """The model's outputs, a list of tensors."""
        found = {
            id(tensor): torch.tensor(array, dtype=torch.float64)
            for tensor, array in zip(self.model.inputs, arrays, strict=True)
        }
        for number, node in enumerate(nodes_of(self.model)):
            if node.inputs:
                taken = [found[id(tensor)] for tensor in node.inputs]
                result = getattr(self, node.layer.kind)(node.layer, number, *taken)
                found[id(node.output)] = ACTIVATIONS[node.layer.activation or "linear"](result)
        return [found[id(tensor)] for tensor in self.model.outputs]

    # ------------------------------------------------------------ layers with weights

    def convolution(self, layer, number, x):
        kernel = self.weight(layer, "kernel").permute(3, 2, 0, 1)
        settings = {"stride": layer.strides, "dilation": layer.dilation_rate, "groups": layer.groups}
        return channels_last(functional.conv2d(padded(layer, x), kernel, self.weight(layer, "bias"), **settings))

    def depthwise(self, layer, number, x):
        kernel = self.weight(layer, "kernel").permute(2, 3, 0, 1)
        kernel = kernel.reshape(-1, 1, *kernel.shape[2:])
        settings = {"stride": layer.strides, "dilation": layer.dilation_rate, "groups": x.shape[3]}
        return channels_last(functional.conv2d(padded(layer, x), kernel, self.weight(layer, "bias"), **settings))

    def transposed(self, layer, number, x):
        """Everything the kernels stamp, and zeros; then what Keras keeps of that."""
        kernel = self.weight(layer, "kernel").permute(3, 2, 0, 1)
        settings = {"stride": layer.strides, "dilation": layer.dilation_rate}
        whole = functional.conv_transpose2d(x.permute(0, 3, 1, 2), kernel, **settings)
        whole = channels_last(functional.pad(whole, (0, 20, 0, 20)))
        (top, rows), (left, columns) = (kept(layer, axis, x.shape[1 + axis]) for axis in (0, 1))
        result = whole[:, top : top + rows, left : left + columns]
        return result if layer.bias is None else result + self.weight(layer, "bias")

    def dense(self, layer, number, x):
        result = x @ self.weight(layer, "kernel")
        return result if layer.bias is None else result + self.weight(layer, "bias")

    def batch_normalization(self, layer, number, x):
        mean, variance = self.weight(layer, "moving_mean").detach(), self.weight(layer, "moving_variance").detach()
        if self.training and layer.trainable:
            axes = tuple(range(x.ndim - 1))
            mean, variance = x.mean(axes), x.var(axes, correction=0)
        result = (x - mean) / torch.sqrt(variance + layer.epsilon)
        result = result * self.weight(layer, "gamma") if layer.scale else result
        return result + self.weight(layer, "beta") if layer.center else result

    # ------------------------------------------------------------ layers without

    def dropout(self, layer, number, x):
        if not self.training or not layer.rate:
            return x
        seed = self.model.seed if layer.seed is None else layer.seed
        mask = np.empty(tuple(x.shape), self.model.dtype)
        key = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
        dropout.dropout(np.ones_like(mask), mask, layer.rate, key, self.step, number)
        return x * torch.tensor(mask != 0) / (1 - layer.rate)

    def activation(self, layer, number, x):
        return x

    def flatten(self, layer, number, x):
        return x.reshape(len(x), -1)

    def padding(self, layer, number, x):
        (top, bottom), (left, right) = layer.padding
        return functional.pad(x, (0, 0, left, right, top, bottom))

    def add(self, layer, number, *arrays):
        return sum(arrays)

    def concatenate(self, layer, number, *arrays):
        return torch.cat(arrays, -1)

    def pooled(self, layer, x, reduce):
        """Window by window: what `reduce` makes of its real cells (n, cells, C) and the number of its cells."""
        plane = np.zeros(x.shape[1:])
        windows = reference.pool_windows(plane, layer.pool_size, layer.strides, layer.padding, 1, layer.ceil_mode)
        lines = []
        for line in windows:
            cells = [[(r, c) for r, c in window if reference.inside(plane, r, c)] for window in line]
            lines.append(torch.stack([reduce(x[:, [r for r, _ in some], [c for _, c in some]]) for some in cells], 1))
        return torch.stack(lines, 1)

    def max_pooling(self, layer, number, x):
        return self.pooled(layer, x, lambda cells: cells.max(1).values)

    def average_pooling(self, layer, number, x):
        assert not layer.count_include_pad, "judged by PyTorch's own layer"
        return self.pooled(layer, x, lambda cells: cells.mean(1))

    def global_max(self, layer, number, x):
        result = x.flatten(1, 2).max(1).values
        return result[:, None, None] if layer.keepdims else result

    def global_average(self, layer, number, x):
        result = x.flatten(1, 2).mean(1)
        return result[:, None, None] if layer.keepdims else result


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def padded(layer, x):
    """Images, channels first, with the zeros that the layer's padding adds."""
    amounts = [
        reference.pad_amounts(
            x.shape[1 + axis],
            layer.kernel_size[axis],
            layer.strides[axis],
            layer.dilation_rate[axis],
            reference.along(layer.padding, axis),
        )
        for axis in (1, 0)
    ]
    return functional.pad(x.permute(0, 3, 1, 2), [amount for pair in amounts for amount in pair])


def kept(layer, axis, size):
    """Where a transposed convolution's result begins in everything stamped, and how many cells it has."""
    stride = layer.strides[axis]
    span = reference.span(layer.kernel_size[axis], layer.dilation_rate[axis])
    padding = reference.along(layer.padding, axis)
    extra = None if layer.output_padding is None else reference.pair(layer.output_padding)[axis]
    if padding == "valid":
        return 0, stride * (size - 1) + (max(span, stride) if extra is None else span + extra)
    if padding != "same":
        before, after = reference.pad_amounts(None, span, stride, 1, padding)
        return before, stride * (size - 1) + span - before - after + (extra or 0)
    # Keras: zeros between and around the cells, so that a convolution of all that gives the result
    around = stride + span - 2 if extra is None else span + span % 2 - 2 + extra
    before = min(math.ceil(around / 2), span - 1)
    return span - 1 - before, stride * (size - 1) + 1 + around - (span - 1)


# ---------------------------------------------------------------- gradients


def train(model, x, y):
    """The loss of a batch, after which the model's engine holds the gradients; nothing of the model changes but averages."""
    model.optimizer.iterations = 0
    return model.train_on_batch(x, y)


def gradients(model, x, y):
    """The gradients of mean squared error by the model, in the order of its trainable weights."""
    train(model, x, y)
    executor = model._engine.current.executors["train"]
    return [executor.weight_gradient(weight).copy() for weight in model.trainable_weights]


def judged_gradients(model, x, y):
    """The same by PyTorch."""
    judge = Judge(model)
    result = judge(*(x if isinstance(x, list) else [x]))[0]
    functional.mse_loss(result, torch.tensor(y, dtype=torch.float64)).backward()
    return [judge.parameters[id(weight)].grad.numpy() for weight in model.trainable_weights]
