"""Examples of the lecture's slides."""

from convviz.examples.tables.operations import convolution
from convviz.examples.tables.sources import LECTURE, LECTURE_MLP

LECTURE_IMAGE = "0 2 3 1 2 3 / 4 2 1 2 3 0 / 2 2 1 3 2 1 / 1 1 2 3 1 2 / 1 4 2 2 3 1 / 2 0 2 1 4 0"
LECTURE_CORNER = "0 2 3 1 2 / 4 2 1 2 3 / 2 2 1 3 2 / 1 1 2 3 1 / 1 4 2 2 3"
LECTURE_KERNEL = "1 2 2 / 0 0 1 / 2 1 1"

IMAGES = {
    "lecture_6x6": {
        "title": "Lecture: 6×6 input, 3×3 kernel, no padding",
        "title_ja": "講義：6×6の入力と3×3のカーネル、パディングなし",
        "operation": convolution(LECTURE_KERNEL),
        "image": LECTURE_IMAGE,
        "answer": "18 20 19 20 / 16 18 21 18 / 18 25 21 19 / 15 16 22 16",
        "published": "18 22 19 20 / 16 18 21 18 / 18 25 21 19 / 15 17 22 16",
        "source": LECTURE,
        "note": "The slides write out the first step: 0×1 + 2×2 + 3×2 + 4×0 + 2×0 + 1×1 + 2×2 + 2×1 + 1×1 = 18.",
    },
    "lecture_6x6_same": {
        "title": "Lecture: 6×6 input, 3×3 kernel, padding 1",
        "title_ja": "講義：6×6の入力と3×3のカーネル、パディング1",
        "operation": convolution(LECTURE_KERNEL, padding="same"),
        "image": LECTURE_IMAGE,
        "answer": "8 14 8 9 10 6 / 10 18 20 19 20 13 / 16 16 18 21 18 7 / 14 18 25 21 19 11 / "
        "10 15 16 22 16 13 / 10 15 13 16 10 5",
        "published": "8 14 8 9 10 6 / 10 18 22 19 20 13 / 16 16 18 21 18 7 / 14 18 25 21 19 11 / "
        "10 15 17 22 16 13 / 10 15 13 16 10 5",
        "source": LECTURE,
        "note": "The slides carry over the two slips of the example without padding.",
    },
    "lecture_5x5_strides_1": {
        "title": "Lecture: 5×5 input, 3×3 kernel, strides 1",
        "title_ja": "講義：5×5の入力と3×3のカーネル、ストライド1",
        "operation": convolution(LECTURE_KERNEL),
        "image": LECTURE_CORNER,
        "answer": "18 20 19 / 16 18 21 / 18 25 21",
        "source": LECTURE,
        "note": "The slides print the first row, 18 20 19, which is right here.",
    },
    "lecture_5x5_strides_2": {
        "title": "Lecture: 5×5 input, 3×3 kernel, strides 2",
        "title_ja": "講義：5×5の入力と3×3のカーネル、ストライド2",
        "operation": convolution(LECTURE_KERNEL, strides=2),
        "image": LECTURE_CORNER,
        "answer": "18 19 / 18 21",
        "source": LECTURE,
        "note": "The slides print the first row, 18 19.",
    },
    "lecture_max_pooling": {
        "title": "Lecture: max pooling 2×2",
        "title_ja": "講義：2×2の最大値プーリング",
        "operation": ("max_pooling", {"pool_size": 2}),
        "image": "3 4 5 6 / 1 2 3 4 / -1 3 0 3 / 2 2 5 2",
        "answer": "4 6 / 3 5",
        "source": LECTURE,
    },
}

NEURONS = {
    "neuron": {
        "title": "One neuron: three inputs, three weights",
        "title_ja": "ニューロン1個：入力3つと重み3つ",
        "operation": convolution("0.5 0.2 -1"),
        "image": "1 2 0.5",
        "answer": "0.4",
        "source": LECTURE_MLP,
        "note": "1×0.5 + 2×0.2 + 0.5×(−1) = 0.4: a kernel as large as its input is a neuron.",
    },
}
