"""Examples of what the guide does not show: channels, groups, gradients, flipped kernels, ceil mode."""

from convviz.examples.tables.lecture import LECTURE_CORNER, LECTURE_IMAGE, LECTURE_KERNEL
from convviz.examples.tables.operations import convolution, transposed
from convviz.examples.tables.sources import BEYOND

GRADIENT = "1 0 -1 / 2 1 0 / 0 -1 3"
CHANNELS = (
    "1 0 2 1 / 0 2 1 0 / 2 1 0 1 / 1 0 1 2",
    "0 1 1 2 / 1 0 2 0 / 2 1 0 1 / 0 2 1 1",
    "2 1 0 1 / 1 1 0 2 / 0 2 1 0 / 1 0 2 1",
    "1 0 0 1 / 2 1 1 0 / 0 1 2 2 / 1 2 0 1",
)

EXAMPLES = {
    "channels": {
        "title": "Three channels, their sums and a bias",
        "title_ja": "3チャンネルとその和、バイアス",
        "operation": convolution(f"{LECTURE_KERNEL} | 0 1 0 / 1 -4 1 / 0 1 0 | 1 0 0 / 0 1 0 / 0 0 1", bias=[1]),
        "image": "0 2 3 1 / 4 2 1 2 / 2 2 1 3 / 1 1 2 3 | 1 0 2 1 / 0 3 1 0 / 2 1 0 1 / 0 2 1 2 | "
        "3 1 0 0 / 1 2 0 1 / 0 0 2 2 / 1 3 1 0",
        "answer": "16 25 / 22 27",
        "source": BEYOND,
        "note": "One filter has a layer of weights for each channel, and makes one feature map.",
    },
    "gradient_kernel": {
        "title": "Backward: the gradient of the kernel",
        "title_ja": "逆伝播：カーネルの勾配",
        "operation": convolution(GRADIENT),
        "image": LECTURE_CORNER,
        "answer": "8 14 8 / 14 12 3 / 6 7 13",
        "source": BEYOND,
        "note": "The image convolved with the gradient of the feature map: the kernel here is that gradient.",
        "captions": {
            "input": {"en": "image", "ja": "画像"},
            "kernel": {"en": "gradient of the feature map", "ja": "特徴マップの勾配"},
            "output": {"en": "gradient of the kernel", "ja": "カーネルの勾配"},
        },
    },
    "gradient_input": {
        "title": "Backward: the gradient of the image",
        "title_ja": "逆伝播：画像の勾配",
        "operation": transposed(LECTURE_KERNEL),
        "image": GRADIENT,
        "answer": "1 2 1 -2 -2 / 2 5 7 2 -1 / 2 0 2 4 5 / 4 4 3 0 3 / 0 -2 5 2 3",
        "source": BEYOND,
        "note": "Each cell of the gradient stamps the kernel: the input here is the gradient of the feature map.",
        "captions": {
            "input": {"en": "gradient of the feature map", "ja": "特徴マップの勾配"},
            "output": {"en": "gradient of the image", "ja": "画像の勾配"},
        },
    },
    "same_padding_strides": {
        "title": "Beyond the guide: same with strides 2, one-sided",
        "title_ja": "ガイド外：sameとストライド2（片側のパディング）",
        "operation": convolution(LECTURE_KERNEL, strides=2, padding="same"),
        "image": LECTURE_IMAGE,
        "answer": "18 19 13 / 18 21 11 / 15 16 5",
        "source": BEYOND,
        "note": "One row and one column are missing: Keras puts them at the bottom and right. PyTorch refuses padding "
        "'same' with strides; its padding=1 also adds them at the top and left, and gives other numbers.",
    },
    "groups": {
        "title": "Beyond the guide: two groups of two channels",
        "title_ja": "ガイド外：2チャンネルずつ2グループ",
        "operation": convolution("1 0 / 2 1 | 0 1 / 1 0 || 1 1 / 0 2 | 2 0 / 0 1", groups=2),
        "image": " | ".join(CHANNELS),
        "answer": "5 6 8 / 7 7 2 / 5 4 6 | 8 2 5 / 11 7 6 / 4 9 8",
        "source": BEYOND,
        "note": "Filter 0 reads channels 0 and 1, filter 1 reads channels 2 and 3: half the weights of a convolution in "
        "which each filter reads all four.",
    },
    "depthwise": {
        "title": "Beyond the guide: depthwise, a kernel per channel",
        "title_ja": "ガイド外：depthwise、チャンネルごとのカーネル",
        "operation": convolution("1 0 1 / 0 2 0 / 1 0 1 || 0 1 0 / 1 0 1 / 0 1 0 || 1 2 0 / 0 1 0 / 0 2 1", groups=3),
        "image": " | ".join(CHANNELS[:3]),
        "answer": "9 5 / 5 4 | 5 1 / 4 5 | 10 3 / 7 7",
        "source": BEYOND,
        "note": "As many groups as channels: no sum over channels is left.",
    },
    "flipped_kernel": {
        "title": "Beyond the guide: the kernel flipped",
        "title_ja": "ガイド外：カーネルの反転",
        "operation": convolution(LECTURE_KERNEL, flip_kernel=True),
        "image": LECTURE_IMAGE,
        "answer": "21 18 19 22 / 16 18 21 18 / 19 24 21 21 / 13 18 19 20",
        "source": BEYOND,
        "note": "Mathematics turns the kernel by 180° before it multiplies; neural networks do not, since they learn the "
        "weights anyway.",
    },
    "uncovered_cells": {
        "title": "Beyond the guide: strides larger than the kernel",
        "title_ja": "ガイド外：カーネルより大きいストライド",
        "operation": convolution("1 2 / 0 1", strides=3),
        "image": LECTURE_IMAGE,
        "answer": "6 8 / 7 8",
        "source": BEYOND,
        "note": "20 of the 36 cells are read by no window: changing them changes nothing.",
    },
    "ceil_mode": {
        "title": "Beyond the guide: max pooling in ceil mode",
        "title_ja": "ガイド外：ceil mode（切り上げ）のプーリング",
        "operation": ("max_pooling", {"pool_size": 2, "ceil_mode": True}),
        "image": LECTURE_CORNER,
        "answer": "4 3 3 / 2 3 2 / 4 2 3",
        "source": BEYOND,
        "note": "5 cells are not divisible by 2. Rounded up, the last windows hang over the end; rounded down, the last row "
        "and column would not be read.",
    },
}
