"""Calculations: parameters of layers and networks, values of softmax, measured accuracies."""

import numpy as np

from convviz import geometry
from convviz.examples.networks import Layer, summarize, total_parameters
from convviz.examples.tables.sources import KERAS_SLIDES, LECTURE, LECTURE_MLP, TEXTBOOK

__all__ = ["CALCULATIONS"]

TRAINING = "Measured: 50 epochs, batch size 64, Adam, validation_split 0.2, ReLU, softmax over 10 classes."
CONV32, CONV64, CONV128 = (("Conv2D", filters, 3, "same") for filters in (32, 64, 128))
POOL, FLATTEN, DROPOUT, DENSE10 = ("MaxPooling2D", 2), ("Flatten",), ("Dropout", 0.5), ("Dense", 10)
LECTURE_NETWORKS = (
    (CONV32, FLATTEN, DROPOUT, DENSE10),
    (CONV32, CONV64, FLATTEN, DROPOUT, DENSE10),
    (CONV32, CONV64, POOL, FLATTEN, DROPOUT, DENSE10),
    (CONV32, CONV64, POOL, DROPOUT, CONV64, CONV128, POOL, DROPOUT, FLATTEN, DROPOUT, DENSE10),
)
LECTURE_LAYERS = (
    "conv32 – flatten – dropout .5 – dense10",
    "conv32 – conv64 – flatten – dropout .5 – dense10",
    "conv32 – conv64 – maxpool2 – flatten – dropout .5 – dense10",
    "conv32 – conv64 – maxpool2 – dropout .5 – conv64 – conv128 – maxpool2 – dropout .5 – flatten – dropout .5 – dense10",
)
VGG16_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
VGG16_LAYERS = (
    *(layer for filters, convolutions in VGG16_BLOCKS for layer in (*[("Conv2D", filters, 3, "same")] * convolutions, POOL)),
    FLATTEN,
    ("Dense", 4096),
    ("Dense", 4096),
    ("Dense", 1000),
)
KERAS_LAYERS = (
    ("Conv2D", 32, 3, "valid"),
    POOL,
    ("Conv2D", 64, 3, "valid"),
    POOL,
    ("Conv2D", 64, 3, "valid"),
    FLATTEN,
    ("Dense", 64),
    DENSE10,
)


def softmax(values):
    """exp(v) divided by the sum of all exp(v)."""
    powers = np.exp(np.array(values))
    return tuple((powers / powers.sum()).tolist())


def parameters(*arguments, of=geometry.convolution_parameters, **options):
    """A rule that counts parameters."""
    return lambda calculation: of(*arguments, **options)


def dense(*arguments, **options):
    """A rule that counts the parameters of a dense layer."""
    return parameters(*arguments, of=geometry.dense_parameters, **options)


def network(titles, expression, answer, input_shape, layers, rows, source, note=""):
    """A network. `titles`: in English and Japanese; `rows`: shape and parameters of each layer, ``28×28×32 320, 25088 0``."""
    table = []
    for (name, *_), row in zip(layers, rows.split(", "), strict=True):
        shape, count = row.split(" ")
        table.append(Layer(name, tuple(int(part) for part in shape.split("×")), int(count)))
    return {
        "title": titles[0],
        "title_ja": titles[1],
        "expression": expression,
        "answer": answer,
        "input_shape": input_shape,
        "layers": layers,
        "table": tuple(table),
        "rule": total_parameters,
        "source": source,
        "note": note,
    }


def accuracy(number, value, loss, layers, expression):
    """A measured accuracy of one of the lecture's networks."""
    return {
        "title": f"Accuracy of network {number} on Fashion-MNIST",
        "title_ja": f"ネットワーク{number}のFashion-MNISTでの正解率",
        "expression": expression,
        "answer": value,
        "input_shape": (28, 28, 1),
        "layers": layers,
        "source": LECTURE,
        "note": f"{TRAINING} Test loss {loss}.",
    }


CALCULATIONS = {
    "lecture_conv2d_32": {
        "title": "Parameters of Conv2D(32, 3) on one channel",
        "title_ja": "1チャンネルに対するConv2D(32, 3)のパラメータ数",
        "expression": "(3·3·1 + 1)·32",
        "answer": 320,
        "rule": parameters(3, 1, 32),
        "source": LECTURE,
    },
    "lecture_conv2d_64": {
        "title": "Parameters of Conv2D(64, 3) on 32 channels",
        "title_ja": "32チャンネルに対するConv2D(64, 3)のパラメータ数",
        "expression": "(3·3·32 + 1)·64",
        "answer": 18496,
        "rule": parameters(3, 32, 64),
        "source": LECTURE,
    },
    "lecture_dense_28x28x32": {
        "title": "Parameters of Dense(10) on 28×28×32",
        "title_ja": "28×28×32に対するDense(10)のパラメータ数",
        "expression": "(28·28·32 + 1)·10",
        "answer": 250890,
        "rule": dense(28 * 28 * 32, 10),
        "source": LECTURE,
    },
    "lecture_dense_28x28x64": {
        "title": "Parameters of Dense(10) on 28×28×64",
        "title_ja": "28×28×64に対するDense(10)のパラメータ数",
        "expression": "(28·28·64 + 1)·10",
        "answer": 501770,
        "rule": dense(28 * 28 * 64, 10),
        "source": LECTURE,
    },
    "lecture_dense_14x14x64": {
        "title": "Parameters of Dense(10) on 14×14×64",
        "title_ja": "14×14×64に対するDense(10)のパラメータ数",
        "expression": "(14·14·64 + 1)·10",
        "answer": 125450,
        "rule": dense(14 * 14 * 64, 10),
        "source": LECTURE,
        "note": "Max pooling 2×2 before it leaves a quarter of the weights.",
    },
    "lecture_weights_28x28": {
        "title": "Weights from a 28×28 image to 10 neurons",
        "title_ja": "28×28の画像から10個のニューロンへの重みの数",
        "expression": "28·28·10",
        "answer": 7840,
        "published": 7850,
        "rule": dense(28 * 28, 10, bias=False),
        "source": LECTURE,
        "note": "The slide prints 784×10 = 7850, which counts the 10 biases too, (784 + 1)·10; beside it stands "
        "50176×10 = 501760, which does not count them.",
    },
    "lecture_weights_224x224": {
        "title": "Weights from a 224×224 image to 10 neurons",
        "title_ja": "224×224の画像から10個のニューロンへの重みの数",
        "expression": "224·224·10",
        "answer": 501760,
        "rule": dense(224 * 224, 10, bias=False),
        "source": LECTURE,
        "note": "Without biases; with them 501770. The slide's 784×10 = 7850 beside it counts biases.",
    },
    "lecture_weights_1024x1024": {
        "title": "Weights from a 1024×1024 image to 10 neurons",
        "title_ja": "1024×1024の画像から10個のニューロンへの重みの数",
        "expression": "1024·1024·10",
        "answer": 10485760,
        "rule": dense(1024 * 1024, 10, bias=False),
        "source": LECTURE,
        "note": "Without biases.",
    },
    "lecture_network_1": network(
        ("Parameters of network 1: one convolution", "ネットワーク1（畳み込み1層）のパラメータ数"),
        LECTURE_LAYERS[0],
        251210,
        (28, 28, 1),
        LECTURE_NETWORKS[0],
        "28×28×32 320, 25088 0, 25088 0, 10 250890",
        LECTURE,
    ),
    "lecture_network_2": network(
        ("Parameters of network 2: two convolutions", "ネットワーク2（畳み込み2層）のパラメータ数"),
        LECTURE_LAYERS[1],
        520586,
        (28, 28, 1),
        LECTURE_NETWORKS[1],
        "28×28×32 320, 28×28×64 18496, 50176 0, 50176 0, 10 501770",
        LECTURE,
    ),
    "lecture_network_3": network(
        ("Parameters of network 3: with pooling", "ネットワーク3（プーリング追加）のパラメータ数"),
        LECTURE_LAYERS[2],
        144266,
        (28, 28, 1),
        LECTURE_NETWORKS[2],
        "28×28×32 320, 28×28×64 18496, 14×14×64 0, 12544 0, 12544 0, 10 125450",
        LECTURE,
    ),
    "lecture_network_4": network(
        ("Parameters of network 4: two blocks", "ネットワーク4（2回繰り返し）のパラメータ数"),
        LECTURE_LAYERS[3],
        192330,
        (28, 28, 1),
        LECTURE_NETWORKS[3],
        "28×28×32 320, 28×28×64 18496, 14×14×64 0, 14×14×64 0, 14×14×64 36928, 14×14×128 73856, 7×7×128 0, 7×7×128 0, "
        "6272 0, 6272 0, 10 62730",
        LECTURE,
        "The slides do not print this table.",
    ),
    "lecture_accuracy_1": accuracy(1, 0.9032, 0.3445, LECTURE_NETWORKS[0], LECTURE_LAYERS[0]),
    "lecture_accuracy_2": accuracy(2, 0.9117, 0.4967, LECTURE_NETWORKS[1], LECTURE_LAYERS[1]),
    "lecture_accuracy_3": accuracy(3, 0.9247, 0.2698, LECTURE_NETWORKS[2], LECTURE_LAYERS[2]),
    "lecture_accuracy_4": accuracy(4, 0.9290, 0.2022, LECTURE_NETWORKS[3], LECTURE_LAYERS[3]),
    "textbook_softmax_1": {
        "title": "Softmax of (0.9, 0.2, 0.6)",
        "title_ja": "(0.9, 0.2, 0.6)のソフトマックス",
        "expression": "exp(v) / (exp(0.9) + exp(0.2) + exp(0.6)) for v = 0.9, 0.2, 0.6",
        "answer": (0.44694665, 0.22194714, 0.33110622),
        "rule": lambda calculation: softmax((0.9, 0.2, 0.6)),
        "source": TEXTBOOK + "1.2 ニューラルネットワークの構成",
        "note": "Rounded to eight decimals.",
    },
    "textbook_softmax_2": {
        "title": "Softmax of (0.8, 0.1, 0.8)",
        "title_ja": "(0.8, 0.1, 0.8)のソフトマックス",
        "expression": "exp(v) / (exp(0.8) + exp(0.1) + exp(0.8)) for v = 0.8, 0.1, 0.8",
        "answer": (0.4005471, 0.1989058, 0.4005471),
        "rule": lambda calculation: softmax((0.8, 0.1, 0.8)),
        "source": TEXTBOOK + "1.2 ニューラルネットワークの構成",
        "note": "Rounded to eight decimals.",
    },
    "textbook_flatten": {
        "title": "Conv2D(64, 5×5, same) on 32×32×3, flattened",
        "title_ja": "Conv2D(64, 5×5, same)を平滑化した大きさ",
        "expression": "32·32·64",
        "answer": 65536,
        "rule": lambda calculation: summarize((32, 32, 3), [("Conv2D", 64, 5, "same"), FLATTEN])[-1].output_shape[0],
        "source": TEXTBOOK + "2.4 平滑化レイヤー",
    },
    "vgg16": network(
        ("Parameters of VGG16", "VGG16のパラメータ数"),
        "2 × conv64 – pool – 2 × conv128 – pool – 3 × conv256 – pool – 3 × conv512 – pool – 3 × conv512 – pool – "
        "flatten – dense4096 – dense4096 – dense1000",
        138357544,
        (224, 224, 3),
        VGG16_LAYERS,
        "224×224×64 1792, 224×224×64 36928, 112×112×64 0, 112×112×128 73856, 112×112×128 147584, 56×56×128 0, "
        "56×56×256 295168, 56×56×256 590080, 56×56×256 590080, 28×28×256 0, "
        "28×28×512 1180160, 28×28×512 2359808, 28×28×512 2359808, 14×14×512 0, "
        "14×14×512 2359808, 14×14×512 2359808, 14×14×512 2359808, 7×7×512 0, "
        "25088 0, 4096 102764544, 4096 16781312, 1000 4097000",
        TEXTBOOK + "4.2 学習済みモデルの再利用",
        "13 convolutions and 3 dense layers: K. Simonyan and A. Zisserman, “Very deep convolutional networks for "
        "large-scale image recognition” (2014).",
    ),
    "mlp_784_32_10": network(
        ("Parameters of the dense network 784–32–10", "全結合ネットワーク784–32–10のパラメータ数"),
        "(784 + 1)·32 + (32 + 1)·10",
        25450,
        (784,),
        (("Dense", 32), DENSE10),
        "32 25120, 10 330",
        LECTURE_MLP,
    ),
    "keras_network": network(
        ("Parameters of the Keras book's first CNN", "Keras本の最初のCNNのパラメータ数"),
        "conv32 – maxpool2 – conv64 – maxpool2 – conv64 – flatten – dense64 – dense10",
        93322,
        (28, 28, 1),
        KERAS_LAYERS,
        "26×26×32 320, 13×13×32 0, 11×11×64 18496, 5×5×64 0, 3×3×64 36928, 576 0, 64 36928, 10 650",
        KERAS_SLIDES,
        "No padding. The slides print the table without this total.",
    ),
    "keras_no_pooling": {
        "title": "Cells left by three convolutions, no pooling",
        "title_ja": "プーリングなしの畳み込み3層で残る要素数",
        "expression": "22·22·64",
        "answer": 30976,
        "rule": lambda calculation: summarize((28, 28, 1), [*KERAS_LAYERS[:5:2], FLATTEN])[-1].output_shape[0],
        "source": KERAS_SLIDES,
        "note": "Output shapes 26×26×32, 24×24×64, 22×22×64.",
    },
}
