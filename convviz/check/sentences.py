"""What is wrong, said in a sentence: one for each kind of mistake, in English and Japanese."""

from convviz.check.english import ENGLISH
from convviz.check.japanese import JAPANESE
from convviz.stage.captions import captions
from convviz.steps.notation import show

__all__ = ["add_sentences", "sentence"]

SENTENCES = {"en": ENGLISH, "ja": JAPANESE}


def add_sentences(kind, en, ja):
    """Name a mistake of an operation of one's own.

    Parameters
    ----------
    kind : str
        A word that no other mistake has.
    en, ja : str
        The sentence in English and in Japanese, with ``{}`` for each of the details.

    Raises
    ------
    ValueError
        If the kind has other sentences already.
    """
    for lang, text in (("en", en), ("ja", ja)):
        if SENTENCES[lang].setdefault(kind, text) != text:
            raise ValueError(f"the mistake {kind!r} has a sentence already: {SENTENCES[lang][kind]}")


def sentence(kind, details, lang="en"):
    """The sentence for a kind of mistake; the kind itself if it has none.

    Parameters
    ----------
    kind : str
        As in `convviz.check.map_mistakes.MapMistake` and `convviz.check.cell_mistakes.CellMistake`.
    details : tuple of numbers
    lang : {"en", "ja"}

    Examples
    --------
    >>> sentence("product_twice", (2, -3, -6))
    'The product 2×(−3) = −6 was counted twice.'
    """
    captions(lang)  # raises for an unknown language
    text = SENTENCES[lang].get(kind)
    if text is None:
        return str(kind)
    if kind == "two_mistakes":
        return text.format(*(sentence(*mistake, lang) for mistake in details))
    shown = [show(detail).text for detail in details]
    if "×" in text:
        shown[:2] = [f"({part})" if part[0] == "−" or "/" in part else part for part in shown[:2]]
    return text.format(*shown)
