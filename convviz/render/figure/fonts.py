"""Fonts: DejaVu Sans, which matplotlib brings, and an installed one with Japanese letters."""

import functools
import os

from matplotlib import font_manager

__all__ = ["BOX", "LATIN", "NO_JAPANESE", "has_bold", "japanese_family", "letters_of", "properties"]

LATIN = "DejaVu Sans"
#: Families that cover Japanese, as Linux distributions, macOS and Windows name them; the first one found is taken.
JAPANESE = (
    "IPAexGothic",
    "IPAGothic",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "Source Han Sans",
    "TakaoPGothic",
    "TakaoGothic",
    "VL PGothic",
    "VL Gothic",
    "M+ 1p",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Hiragino Maru Gothic Pro",
    "Yu Gothic",
    "YuGothic",
    "Meiryo",
    "BIZ UDGothic",
    "MS Gothic",
    "MS PGothic",
    "Arial Unicode MS",
    "Noto Sans CJK SC",
)
_JAPANESE_FILES = ("ipaexg", "ipag", "notosanscjk", "notosansjp", "takao", "vl-gothic", "hiragino", "yugoth", "meiryo")
_SAMPLE = frozenset("あんアン畳込入力出行列、。")
BOX = "□"
NO_JAPANESE = (
    "no installed font has Japanese letters, so boxes stand in their place. Install one: on Debian or Ubuntu "
    "'apt install fonts-ipaexfont' or 'apt install fonts-noto-cjk', then start Python anew; Windows and macOS have one."
)


@functools.lru_cache(maxsize=256)
def properties(family, weight, points):
    return font_manager.FontProperties(family=list(family), weight=weight, size=points)


@functools.lru_cache
def has_bold(family):
    """Whether a family has a bold font; matplotlib warns when it is asked for one that is missing."""
    weights = font_manager.weight_dict
    fonts = (font for font in font_manager.fontManager.ttflist if font.name == family)
    return any(weights.get(font.weight, font.weight) >= weights["semibold"] for font in fonts)


@functools.lru_cache
def letters_of(family):
    """The characters that the font of this name has."""
    return covered(font_manager.findfont(font_manager.FontProperties(family=[family]), fallback_to_default=False))


def covered(path):
    return frozenset(map(chr, font_manager.get_font(path).get_charmap()))


@functools.lru_cache
def japanese_family():
    """The name of an installed font that has Japanese letters, or None."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    for family in JAPANESE:
        if family in known and _SAMPLE <= letters_of(family):
            return family
    return _unlisted_family()


def _unlisted_family():
    """Look for the font among the files, since matplotlib's list may be older than the font."""
    for path in sorted(font_manager.findSystemFonts()):
        if os.path.basename(path).lower().startswith(_JAPANESE_FILES) and _SAMPLE <= covered(path):
            font_manager.fontManager.addfont(path)
            return font_manager.get_font(path).family_name
    return None
