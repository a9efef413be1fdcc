"""Examples of the course's textbook."""

from convviz.examples.tables.operations import convolution
from convviz.examples.tables.sources import TEXTBOOK

TEXTBOOK_IMAGE = "2 1 2 1 / 1 2 3 2 / 2 3 1 3 / 2 0 1 1"
TEXTBOOK_KERNEL = "1 3 2 / 1 2 0 / 2 3 1"

EXAMPLES = {
    "textbook_4x4": {
        "title": "Textbook: 4×4 input, 3×3 kernel, no padding",
        "title_ja": "教科書：4×4の入力と3×3のカーネル、パディングなし",
        "operation": convolution(TEXTBOOK_KERNEL),
        "image": TEXTBOOK_IMAGE,
        "answer": "28 29 / 26 24",
        "source": TEXTBOOK + "2.2 畳み込みレイヤー",
    },
    "textbook_4x4_same": {
        "title": "Textbook: 4×4 input, 3×3 kernel, padding 1",
        "title_ja": "教科書：4×4の入力と3×3のカーネル、パディング1",
        "operation": convolution(TEXTBOOK_KERNEL, padding=1),
        "image": TEXTBOOK_IMAGE,
        "answer": "9 15 20 16 / 19 28 29 23 / 17 26 24 21 / 16 15 14 13",
        "source": TEXTBOOK + "2.2 畳み込みレイヤー",
    },
    "textbook_max_pooling": {
        "title": "Textbook: max pooling 2×2",
        "title_ja": "教科書：2×2の最大値プーリング",
        "operation": ("max_pooling", {"pool_size": 2}),
        "image": TEXTBOOK_IMAGE,
        "answer": "2 3 / 3 3",
        "source": TEXTBOOK + "2.3 プーリングレイヤー",
    },
}
