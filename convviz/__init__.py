"""convviz explains convolution and pooling: it computes them step by step and shows every step.

Operations
    `Convolution`, `TransposedConvolution`, `MaxPooling`, `AveragePooling`, `GlobalMaxPooling`,
    `GlobalAveragePooling`: call one with an image for its result, or `.trace(image)` for every step as data, which
    shows itself in a notebook and saves itself as PPTX, GIF, WebP, APNG, PNG, SVG, HTML, PDF or MP4. `compare` sets
    two operations side by side, `explore` gives a notebook controls for everything, and `add_to_slide` puts a step on
    a slide.
Single calls
    `conv2d`, `conv2d_transpose`, `max_pool2d`, `avg_pool2d`, `global_max_pool2d`, `global_avg_pool2d`.
Checking hand calculations
    ``operation.check(image, answer)`` gives a `CheckReport`; `assert_feature_map` is for tests. `exercise` makes
    new problems, with worksheets and a quiz.
Ready-made
    `examples`: worked examples with their answers and sources, and kernels by name.
Networks
    `nn`: small networks in the words of Keras, trained on these operations, whose filters open as such.

Names are loaded on first use, so that importing convviz costs next to nothing.
"""

from convviz._support import lazy_names

__version__ = "0.1.0"

_HOMES = {
    "operations": (
        "AveragePooling",
        "Convolution",
        "GlobalAveragePooling",
        "GlobalMaxPooling",
        "MaxPooling",
        "TransposedConvolution",
    ),
    "operations.functions": (
        "avg_pool2d",
        "conv2d",
        "conv2d_transpose",
        "global_avg_pool2d",
        "global_max_pool2d",
        "max_pool2d",
    ),
    "trace": ("Step", "Trace"),
    "check": ("CheckReport", "assert_feature_map"),
    "interactive": ("Exercise", "exercise", "explore"),
    "trace.side_by_side": ("Comparison",),
    "examples.comparison": ("compare",),
    "render.slides": ("add_to_slide",),
}
_NAMES = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ("examples", "geometry", "nn")

__all__ = ["__version__", *_NAMES, *_MODULES]


def __getattr__(name):
    return lazy_names.load(globals(), name, _NAMES, _MODULES)


def __dir__():
    return lazy_names.listed(globals())
