"""The player's script, put together from its parts and made smaller."""

import re
from functools import lru_cache
from importlib.resources import files

__all__ = ["part", "script", "smaller"]

# The line of player.js that the parts replace.
_PARTS = "  // ---- parts ----\n"


@lru_cache
def script(parts=()):
    """The player's script with some of its parts."""
    core, end = _source("player").split(_PARTS)
    return smaller("\n".join([core, f'const kind = "{" ".join(parts)}";', *map(_source, parts), end]))


def part(name):
    """One part of the script, as it stands in pages."""
    return smaller(_source(name))


def _source(name):
    return files("convviz.render.page").joinpath(f"{name}.js").read_text("utf-8")


def smaller(source):
    """A script without comment lines and needless blanks; the first lines of player.js say what this relies on."""
    lines = map(str.strip, source.splitlines())
    code = "\n".join(line for line in lines if not line.startswith("//"))
    # Strings and templates are kept, but for the line breaks of the style sheet; elsewhere a symbol needs no blanks.
    parts = re.split(r'("[^"\n]*"|`[^`]*`)', code)
    parts[1::2] = (part.replace("\n", "") for part in parts[1::2])
    parts[::2] = (re.sub(r"\s*([^\w\s$])\s*", r"\1", part) for part in parts[::2])
    return "".join(parts)
