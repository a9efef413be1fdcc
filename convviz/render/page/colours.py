"""The colours that are sent with the player, and those of a page around it."""

from convviz._support.values import brief
from convviz.stage import theme as themes

__all__ = ["FONTS", "colours", "page_style", "themes_of"]

# Browsers find the other families of a language themselves.
FONTS = "system-ui,Hiragino Sans,Yu Gothic UI,Noto Sans CJK JP,sans-serif"


def themes_of(theme):
    """The themes to send: light and dark where the page around the player decides, else the one."""
    return (themes.LIGHT, themes.DARK) if isinstance(theme, str) and theme == "auto" else (_named(theme),)


def _named(theme):
    try:
        return themes.theme(theme)
    except ValueError:
        raise ValueError(f"theme is {brief(theme)}; expected 'auto', 'light', 'dark' or a convviz.stage.theme.Theme") from None


def colours(theme, tints=False):
    """Colours as player.js unpacks them: per theme its scheme and all colours in a row, in the order of the names.

    With `tints` there are colours for the signs of numbers too, which come as if they were a role. The veil comes last.
    """
    looks = themes_of(theme)
    cells = looks[0].cells
    return {
        "fonts": FONTS,
        "roles": (*cells, *(("negative", "positive") if tints else ())),
        "marks": tuple(looks[0].mark),
        "looks": [("dark" if _luminance(look.background) < 128 else "light", _hex(look, tints)) for look in looks],
        "bold": [role for role, style in cells.items() if style.bold],
        "dashed": [role for role, style in cells.items() if style.dashed],
        "hatched": [role for role, style in cells.items() if style.hatched],
    }


def _hex(look, tints):
    colours = [look.background, look.text, look.faint, look.edge, *look.mark.values()]
    colours += [colour for style in look.cells.values() for colour in (style.fill, style.text)]
    colours += [colour for sign in (look.negative, look.positive) for colour in (sign, look.text) if tints]
    return "".join([*colours, look.veil]).replace("#", "")


def _luminance(colour):
    red, green, blue = bytes.fromhex(colour[1:])
    return 0.3 * red + 0.59 * green + 0.11 * blue


def page_style(theme):
    looks = themes_of(theme)
    style = (
        f"body{{margin:0 auto;padding:8px min(16px,1vw);max-width:1400px;{_paper(looks[0])}}}"
        f"h1{{font:600 20px/1.4 {FONTS};margin:6px 0;text-align:center}}"
    )
    if len(looks) > 1:
        style += f":root{{color-scheme:light dark}}@media(prefers-color-scheme:dark){{body{{{_paper(looks[1])}}}}}"
    return style


def _paper(look):
    return f"background:{look.background};color:{look.text}"
