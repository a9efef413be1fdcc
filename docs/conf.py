"""Settings of Sphinx for the documentation: ``make docs`` builds it into docs/_build, without a network."""

import logging
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from extensions import course

import convviz

# A package of the theme makes every message of INFO appear, and matplotlib's are no news.
logging.getLogger("matplotlib").setLevel(logging.WARNING)

project = "convviz"
author = "The convviz authors"
copyright = author
release = version = convviz.__version__
html_title = f"convviz {release}"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "extensions.player",
    "extensions.names",
    "extensions.language",
    "extensions.titles",
    "extensions.course",
]
exclude_patterns = ["_build", "extensions", "course/*.ipynb", "course/*.py", "course/**/*.ipynb", "course/**/*.py"]
nitpicky = True
smartquotes = False  # quotes are mostly those of Python
nitpick_ignore = [
    ("py:class", "collections.abc.Sequence"),  # Python's own documentation is not at hand
    ("py:class", "convviz.nn.callbacks.monitor.MonitorCallback"),  # a base class that is not public
]
suppress_warnings = ["sphinx_gallery.space_in_filename"]  # names here have no spaces; folders of the checkout may

# Markdown: links to headings, and fences with a colon
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# The reference. Docstrings name things in single backticks: a link where the name is documented (extensions/names.py).
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
viewcode_line_numbers = True
toc_object_entries_show_parents = "hide"

sphinx_gallery_conf = course.settings(HERE)

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["convviz.css"]
html_js_files = ["pages.js"]
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False  # a browser does not read the pages that it would quote where they come from files
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b57a4", "color-brand-content": "#0b57a4"},
    "dark_css_variables": {"color-brand-primary": "#7cb7ff", "color-brand-content": "#7cb7ff"},
}
