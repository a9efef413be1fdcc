"""Boards made by hand, so that the renderers can be tested on plain data without the layout that makes real ones."""

from dataclasses import dataclass, replace

import numpy as np

from convviz.stage.scene import Frame, Grid, Link, Mark, Scene, Stage, Text

IMAGE = (
    (0, 2, 3, 1, 2, 3),
    (4, 2, 1, 2, 3, 0),
    (2, 2, 1, 3, 2, 1),
    (1, 1, 2, 3, 1, 2),
    (1, 4, 2, 2, 3, 1),
    (2, 0, 2, 1, 4, 0),
)
KERNEL = ((1, 2, 2), (0, 0, 1), (2, 1, 1))
OUTPUT = ((18, 20, 19, 20), (16, 18, 21, 18), (18, 25, 21, 19), (15, 16, 22, 16))


@dataclass(frozen=True)
class Board:
    """A board as renderers know it; see `convviz.stage.protocol.Board`."""

    stage: Stage
    frames: tuple
    indices: tuple

    def frame(self, index):
        return self.frames[index]

    def question(self, index):
        raise NotImplementedError("boards made by hand ask nothing")

    def scene(self, index):
        return Scene(self.stage, self.frames[index])

    def only(self, *indices):
        """The same board, of which fewer steps are to be shown."""
        return replace(self, indices=indices)


def _words(rows):
    return tuple(tuple(str(value) for value in row) for row in rows)


def _same(rows, columns, value):
    return ((value,) * columns,) * rows


def _frame(step, pad):
    row, column = divmod(step, 4)
    window = {(row + pad + i, column + pad + j): (None, "window", None) for i in range(3) for j in range(3)}
    read = [[IMAGE[row + i][column + j] for j in range(3)] for i in range(3)]
    terms = {(i, j): (read[i][j], KERNEL[i][j]) for i in range(3) for j in range(3)}
    products = {place: (str(a * b), None, f"{a}×{b}") for place, (a, b) in terms.items()}
    return Frame(
        step,
        cells={
            "input": window,
            "products": products,
            "output": {(row, column): (str(OUTPUT[row][column]), "current", None)},
        },
        marks=(Mark("input", row + pad, column + pad, 3, 3), Mark("output", row, column, role="current")),
        links=(Link(11.5, 6.7, 13.6, 2.05 + row + 0.05, "link", True),),
        texts={"formula": " + ".join(f"{a}×{b}" for a, b in terms.values()) + f" = {OUTPUT[row][column]}"},
        spoken=f"Step {step + 1} of 16",
    )


def lecture(lang="en"):
    """The 6×6 image and the 3×3 kernel of the lecture, 16 steps."""
    japanese = lang == "ja"
    title = dict(input="入力", kernel="カーネル", products="要素ごとの積", output="特徴マップ") if japanese else {}
    stage = Stage(
        19.2,
        9.6,
        grids=(
            Grid("input", title.get("input", "input"), 0.7, 1.5, 1, 6, 6, _words(IMAGE), _same(6, 6, "cell")),
            Grid(
                "kernel",
                title.get("kernel", "kernel"),
                8.4,
                1.5,
                1,
                3,
                3,
                _words(KERNEL),
                _same(3, 3, "weight"),
                meets=("input", ((0, 1, 2, 3),) * 3, ((0, 1, 2, 3),) * 3),
            ),
            Grid(
                "products",
                title.get("products", "products"),
                8.4,
                5.5,
                1,
                3,
                3,
                _same(3, 3, ""),
                _same(3, 3, "product"),
            ),
            Grid(
                "output",
                title.get("output", "feature map"),
                13.7,
                1.5,
                1,
                4,
                4,
                _words(OUTPUT),
                _same(4, 4, "done"),
                first=0,
                reveals=True,
            ),
        ),
        texts=(
            Text("formula", 0.7, 9.1, ""),
            Text("size", 13.7, 6.4, "size of the output\n⌊(6 + 2·0 − 3)/1⌋ + 1 = 4", role="faint"),
            Text("times", 7.55, 3.0, "∗", 0.7, "middle", "strong"),
        ),
        links=(Link(6.7, 7.0, 8.4, 7.0),),
        steps=16,
        title="畳み込み" if japanese else "Convolution",
        lang=lang,
    )
    if japanese:
        size = replace(stage.texts[1], text="出力の大きさ\n⌊(6 + 2·0 − 3)/1⌋ + 1 = 4")
        stage = replace(stage, texts=(stage.texts[0], size, stage.texts[2]))
    return Board(stage, tuple(_frame(step, 0) for step in range(16)), tuple(range(16)))


def padded():
    """The same with a drawn border of padding, a column that no window reaches and a hanging-over row; 16 steps."""
    board = lecture()
    texts = [["0"] * 8 for _ in range(8)]
    roles = [["padding"] * 8 for _ in range(8)]
    for row in range(6):
        for column in range(6):
            texts[row + 1][column + 1] = str(IMAGE[row][column])
            roles[row + 1][column + 1] = "unreached" if column == 5 else "cell"
    for column in range(8):
        texts[7][column], roles[7][column] = "", "outside"
    roles[0][0] = roles[0][1] = "padding_window"
    grid = replace(
        board.stage.grid("input"),
        x=0.5,
        y=1.5,
        pitch=0.8,
        font=0.38,
        rows=8,
        columns=8,
        origin=(-1, -1),
        texts=tuple(map(tuple, texts)),
        roles=tuple(map(tuple, roles)),
    )
    stage = replace(board.stage, grids=(grid, *board.stage.grids[1:]))
    return Board(stage, tuple(_frame(step, 1) for step in range(16)), board.indices)


def picture(side=28):
    """A picture, a mark on it, and a feature map that appears as a picture; one step for each cell of the map."""
    rows, columns = np.mgrid[0:side, 0:side]
    pixels = np.stack([rows * 255 // side, columns * 255 // side, (rows + columns) * 127 // side], 2).astype(np.uint8)
    small = side - 2
    stage = Stage(
        19.2,
        9.6,
        grids=(
            Grid("input", "photograph", 0.6, 1.2, 7.8 / side, side, side, None, None, pixels=pixels),
            Grid(
                "output",
                "feature map",
                10.4,
                1.2,
                7.8 / small,
                small,
                small,
                None,
                None,
                pixels=255 - pixels[1:-1, 1:-1, 0],
                first=0,
                reveals=True,
            ),
        ),
        texts=(Text("formula", 9.6, 9.3, "", anchor="middle"),),
        links=(),
        steps=small * small,
        title="A picture",
    )
    frames = []
    for step in range(small * small):
        row, column = divmod(step, small)
        marks = (Mark("input", row, column, 3, 3), Mark("output", row, column, role="current"))
        texts = {"formula": f"row {row}, column {column}"}
        frames.append(Frame(step, marks=marks, texts=texts, spoken=f"Step {step}"))
    return Board(stage, tuple(frames), tuple(range(small * small)))
