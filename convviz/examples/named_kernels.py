"""Kernels by name, and a photograph to try them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz._support.keywords import explained
from convviz._support.suggestions import nearest
from convviz._support.values import brief, choice, flag
from convviz.examples.text_arrays import numbers

if TYPE_CHECKING:
    from convviz._support.annotations import Language

__all__ = ["kernel", "kernel_titles", "kernels", "photograph"]

#: Name: title, Japanese title, weights, and by what they are divided.
KERNELS = {
    "identity": ("Identity: nothing changes", "恒等（何も変えない）", "0 0 0 / 0 1 0 / 0 0 0"),
    "edge": ("Edges, from four neighbours", "エッジ検出（4近傍）", "0 -1 0 / -1 4 -1 / 0 -1 0"),
    "edge_8": ("Edges, from eight neighbours", "エッジ検出（8近傍）", "-1 -1 -1 / -1 8 -1 / -1 -1 -1"),
    "laplacian": ("Laplacian: second differences", "ラプラシアン（2次差分）", "0 1 0 / 1 -4 1 / 0 1 0"),
    "sharpen": ("Sharpen: the image plus its edges", "鮮鋭化（画像＋エッジ）", "0 -1 0 / -1 5 -1 / 0 -1 0"),
    "blur": ("Box blur: the mean of nine cells", "平均化（9マスの平均）", "1 1 1 / 1 1 1 / 1 1 1", 9),
    "gaussian": ("Gaussian blur, 3×3", "ガウシアンぼかし 3×3", "1 2 1 / 2 4 2 / 1 2 1", 16),
    "gaussian_5": (
        "Gaussian blur, 5×5",
        "ガウシアンぼかし 5×5",
        "1 4 6 4 1 / 4 16 24 16 4 / 6 24 36 24 6 / 4 16 24 16 4 / 1 4 6 4 1",
        256,
    ),
    "sobel_x": ("Sobel: change from left to right", "ソーベル（横方向の変化）", "-1 0 1 / -2 0 2 / -1 0 1"),
    "sobel_y": ("Sobel: change from top to bottom", "ソーベル（縦方向の変化）", "-1 -2 -1 / 0 0 0 / 1 2 1"),
    "prewitt_x": ("Prewitt: change from left to right", "プレウィット（横方向の変化）", "-1 0 1 / -1 0 1 / -1 0 1"),
    "prewitt_y": ("Prewitt: change from top to bottom", "プレウィット（縦方向の変化）", "-1 -1 -1 / 0 0 0 / 1 1 1"),
    "emboss": ("Emboss: lit from the top left", "エンボス（左上からの光）", "-2 -1 0 / -1 1 1 / 0 1 2"),
}


@explained
def kernels() -> list[str]:
    """Names of the kernels that `kernel` knows.

    Examples
    --------
    >>> kernels()[:4]
    ['identity', 'edge', 'edge_8', 'laplacian']
    """
    return list(KERNELS)


@explained
def kernel_titles(lang: Language = "en") -> dict[str, str]:
    """Names and titles of all kernels.

    Parameters
    ----------
    lang : {"en", "ja"}

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> kernel_titles()["sobel_x"]
    'Sobel: change from left to right'
    """
    column = 1 if choice(lang, "lang", ("en", "ja")) == "ja" else 0
    return {name: entry[column] for name, entry in KERNELS.items()}


@explained
def kernel(name: str) -> np.ndarray:
    """The kernel called `name`.

    Parameters
    ----------
    name : str
        One of `kernels`.

    Returns
    -------
    numpy.ndarray, (rows, columns)
        An array of its own: int64, or float64 where weights are fractions.

    Raises
    ------
    ValueError
        For an unknown name; the message has the nearest ones.

    Examples
    --------
    >>> kernel("sobel_x")
    array([[-1,  0,  1],
           [-2,  0,  2],
           [-1,  0,  1]])
    >>> kernel("gaussian")[0]
    array([0.0625, 0.125 , 0.0625])
    """
    if not isinstance(name, str) or name not in KERNELS:
        raise ValueError(f"no kernel is called {brief(name)}; {nearest(name, KERNELS, 'convviz.examples.kernels()')}")
    return numbers(*KERNELS[name][2:])


@explained
def photograph(colour: bool = False) -> np.ndarray:
    """A photograph that comes with matplotlib: Rear Admiral Grace Hopper (U.S. Navy, 1984, public domain).

    Parameters
    ----------
    colour : bool, default False
        Keep red, green and blue.

    Returns
    -------
    numpy.ndarray of uint8, (600, 512), in colour (600, 512, 3)

    Raises
    ------
    FileNotFoundError
        Where matplotlib was installed without its sample data.

    Examples
    --------
    >>> photograph().shape, photograph(colour=True).shape
    ((600, 512), (600, 512, 3))
    """
    kept = flag(colour, "colour")
    from pathlib import Path

    import matplotlib
    from PIL import Image

    path = Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg")
    if not path.exists():
        raise FileNotFoundError(
            f"matplotlib was installed without its sample data ({path}); install it with pip, or open your own picture"
        )
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB" if kept else "L"))
