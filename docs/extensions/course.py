"""The gallery as a course: its sections and their order, and what of each program is shown in the page.

sphinx-gallery makes a section of a folder. The gallery has none, so its files are laid out anew below _build/gallery.
Programs that `SECTIONS` does not name come behind those that it names.
"""

import ast
import os
import shutil
from pathlib import Path

from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image
from sphinx_gallery.scrapers import figure_rst

from convviz.nn.datasets import places
from convviz.nn.datasets.download import NotFetched

__all__ = ["SECTIONS", "place_of", "scrape", "section_of", "settings", "setup"]

#: Folder, heading and first words of every section, and its programs in the order in which they are read.
SECTIONS = (
    (
        "convolution",
        "Convolution",
        "What a kernel computes as it moves over an image, cell by cell.",
        (
            "image_numbers",
            "lecture_valid",
            "lecture_same",
            "lecture_strides",
            "channels",
            "filters",
            "photograph",
        ),
    ),
    (
        "arithmetic",
        "Sizes and positions",
        "How padding, strides and dilation say where a kernel stands, and how often.",
        (
            "arithmetic_numbers",
            "arithmetic_padding",
            "arithmetic_strides",
            "arithmetic_same",
            "arithmetic_uncovered",
            "arithmetic_dilation",
            "arithmetic_flip",
            "arithmetic_groups",
            "arithmetic_depthwise",
        ),
    ),
    (
        "pooling",
        "Pooling",
        "One number for each window: its maximum, or its mean.",
        ("pooling", "arithmetic_pooling", "maximum_or_mean", "pooling_padding", "arithmetic_ceil"),
    ),
    (
        "transposed",
        "Transposed convolution",
        "From a small feature map to a large one, seen from both ends.",
        (
            "transposed_scatter",
            "transposed_gather",
            "arithmetic_transposed",
            "arithmetic_transposed_strides",
            "arithmetic_output_padding",
        ),
    ),
    (
        "networks",
        "From layers to networks",
        "What many kernels in a row see, and what they cost.",
        (
            "neuron",
            "activations",
            "parameters",
            "network_summary",
            "translation",
            "receptive_field",
            "pooling_purpose",
            "vgg16",
            "branches",
        ),
    ),
    (
        "learning",
        "How kernels learn",
        "Where the numbers in a kernel come from: a loss, its gradients, and steps against them.",
        (
            "loss",
            "gradient_kernel",
            "gradient_input",
            "gradient_pooling",
            "gradient_vanishing",
            "train_learning_rate",
            "train_optimizer_paths",
            "train_scaling",
            "train_batch_size",
            "train_optimizers",
        ),
    ),
    (
        "training",
        "Networks that learn",
        "What networks find in images, what they look at, and where they are wrong.",
        (
            "train_shapes",
            "train_filters",
            "train_feature_maps",
            "train_trace",
            "train_confusion",
            "train_shuffled_pixels",
            "train_transfer",
            "train_fashion",
        ),
    ),
    (
        "overfitting",
        "Learning too well",
        "Networks that know their images by heart, and what helps against it.",
        (
            "train_overfitting",
            "train_weight_decay",
            "train_dropout",
            "train_batch_normalization",
            "train_augmentation",
        ),
    ),
    (
        "uses",
        "Slides, notebooks, tests",
        "How to take all this into a lecture, a notebook, and the marking of exercises.",
        ("slides", "notebook", "checking"),
    ),
)
#: Where programs go that no section names: those that train, and all others.
OTHERS = {"train_": "training", "": "uses"}

#: Where this variable is 0, programs that train networks are shown without running, to save time.
TRAIN = "CONVVIZ_DOCS_TRAIN"

HEADER = """\
The course
==========

Each page is one idea: a short program, what it prints, and something to look at. They build on each other in this order.
Where a page holds a player, step with the arrow keys, or click a cell of the feature map to see where it comes from.
Every page can be downloaded as a program and as a notebook.
"""

#: What a browser shows of the files that a program writes.
PICTURES = (".gif", ".webp", ".apng", ".png", ".svg")


def settings(docs):
    """The settings of sphinx-gallery, for the documentation in the folder `docs`; lays out the gallery on the way."""
    places.fetch = refuse
    laid_out = docs / "_build" / "gallery"
    lay_out(docs.parent / "gallery", laid_out)
    forget(docs / "course", laid_out)
    return {
        "examples_dirs": str(laid_out),
        "gallery_dirs": "course",
        "filename_pattern": r"/plot_(?!train_)" if os.environ.get(TRAIN) == "0" else "/plot_",
        "subsection_order": f"{__name__}.section_of",
        "within_subsection_order": f"{__name__}.place_of",
        "image_scrapers": (f"{__name__}.scrape", "matplotlib"),
        "ignore_repr_types": "matplotlib|Figure",
        "reset_modules": ("matplotlib",),
        "remove_config_comments": True,
        "abort_on_example_error": False,
        "write_computation_times": False,
        "show_signature": False,
        "min_reported_time": 1e9,
        "download_all_examples": False,
        "nested_sections": True,
        "copyfile_regex": "",
        "thumbnail_size": (400, 240),
    }


def refuse(remote, folder):
    """What stands for the download of a file while the documentation is built, which needs no network."""
    raise NotFetched(f"{remote.name}: nothing is downloaded while the documentation is built")


def lay_out(gallery, folder):
    """Copies of the programs, anew, in a folder for each section."""
    shutil.rmtree(folder, ignore_errors=True)
    programs = {path.stem.removeprefix("plot_"): path for path in sorted(gallery.glob("plot_*.py"))}
    put(folder / "GALLERY_HEADER.rst", HEADER)
    for name, title, words, _ in SECTIONS:
        found = [program for program in programs if section_with(program) == name]
        if found:
            put(folder / name / "GALLERY_HEADER.rst", f"{title}\n{'-' * len(title)}\n\n{words}\n")
        for program in found:
            # of several pictures the last is what a program comes to
            source = programs[program].read_text("utf-8") + "\n# sphinx_gallery_thumbnail_number = -1\n"
            put(folder / name / programs[program].name, source)


def forget(pages, laid_out):
    """Remove the pages of sections out of which a program has gone since they were made."""
    for page in list(pages.glob("*/plot_*.rst")):
        if not (laid_out / page.parent.name / f"{page.stem}.py").exists():
            shutil.rmtree(page.parent, ignore_errors=True)


def section_with(program):
    """The section of a program."""
    for name, _, _, members in SECTIONS:
        if program in members:
            return name
    return next(name for start, name in OTHERS.items() if program.startswith(start))


def put(path, text):
    """Write a file, and the folder that it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def section_of(folder):
    """Where a section stands among the others."""
    return [name for name, *_ in SECTIONS].index(Path(folder).name)


def place_of(name):
    """What the programs of a section are sorted by: their place in it, and the name of those that have none."""
    stem = Path(name).stem.removeprefix("plot_")
    members = [member for _, _, _, members in SECTIONS for member in members]
    return (members.index(stem) if stem in members else len(members)), name


def scrape(block, variables, settings):
    """What a block of a program gives beside what it prints, as reStructuredText.

    A figure is shown, unless it is one of pyplot's, which sphinx-gallery shows itself. What shows itself as a player needs
    nothing here but a picture for the overview. Files that were written are offered; pictures among them are shown where there
    is nothing else to see.
    """
    value = last_value(block, variables)
    written = new_files(Path.cwd())
    text = ""
    if isinstance(value, Figure) and value not in map(pyplot.figure, pyplot.get_fignums()):
        text = show(picture(value, variables), settings)
    elif hasattr(value, "board"):
        picture(value.figure(len(value) // 2), variables)
    if not text and not pyplot.get_fignums() and (value is None or not hasattr(value, "_repr_html_")):
        text += "".join(show(moved(path, variables), settings) for path in written if path.suffix in PICTURES)
    return text + offered(written, variables, settings)


def last_value(block, variables):
    """The value of a block's last line; None where that is no expression."""
    body = ast.parse(block.content).body
    return variables["example_globals"].get("___") if body and isinstance(body[-1], ast.Expr) else None


SEEN = {}


def new_files(folder):
    """Files of a folder that were written since this was last asked, in the order in which that happened."""
    now = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()}
    new = [path for path, when in now.items() if SEEN.get(path) != when and path.suffix not in (".py", ".rst")]
    SEEN.update(now)
    return sorted(new, key=now.get)


def picture(figure, variables):
    """A figure as a picture of the page: where it was put."""
    path = Path(variables["image_path_iterator"].next())
    figure.savefig(path)
    return path


def moved(path, variables):
    """A file that was written, as a picture of the page: where it was put."""
    suffix = ".png" if path.suffix == ".apng" else path.suffix
    target = Path(variables["image_path_iterator"].next()).with_suffix(suffix)
    shutil.copy(path, target)
    return target


def show(path, settings):
    """A picture in the page."""
    return figure_rst([str(path)], settings["src_dir"])


def offered(files, variables, settings):
    """A line with links to what a program has written."""
    folder = Path(variables["target_file"]).parent / "files"
    links = []
    for path in files:
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder / path.name)
        links.append(f":download:`{path.name} <files/{path.name}>` ({size_of(path)})")
    return f"\n\nWritten: {', '.join(links)}\n\n" if links else ""


def size_of(path):
    """The size of a file in words."""
    count = path.stat().st_size
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def make_small(app):
    """Reduce the pictures of the overview to a palette, since dozens of them stand on one page."""
    for path in (app.srcdir / "course").glob("**/thumb/*.png"):
        with Image.open(path) as picture:
            if picture.mode != "P":
                picture.convert("RGB").quantize(64).save(path, optimize=True)


def setup(app):
    """Register with Sphinx, to come after sphinx-gallery."""
    app.connect("builder-inited", make_small, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
