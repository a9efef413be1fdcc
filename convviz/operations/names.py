"""What each operation is called: in Python, in words, on the command line, in Keras and in PyTorch."""

from dataclasses import dataclass, field

__all__ = ["NAMES", "OperationNames"]


@dataclass(frozen=True)
class OperationNames:
    """The names of one kind of operation.

    Attributes
    ----------
    kind : str
        What the operation is called in data: ``operation.kind``.
    python : str
        Its class.
    function : str
        The function that does it in a single call; empty if there is none.
    titles : dict of str to str
        Its name as a heading, by language: "en" and "ja". Where one is missing, `python` is shown.
    command : str
        How the command line names it; empty if it does not.
    keras, torch : str
        The layers of Keras and PyTorch; empty where they have none.
    outside : dict of str to str
        What pictures say of cells beyond the end that a window reads, by language; ``{}`` is where "(hatched)" goes. Nothing
        is said where a language is missing.
    """

    kind: str
    python: str
    function: str = ""
    titles: dict = field(default_factory=dict)
    command: str = ""
    keras: str = ""
    torch: str = ""
    outside: dict = field(default_factory=dict)

    def title(self, lang):
        """The name as a heading in a language; `python` where there is none."""
        return self.titles.get(lang, self.python)


NEVER_THE_MAXIMUM = {"en": "cells beyond the end{} are never the maximum", "ja": "端を越えるセル{}は最大値にならない"}
NOT_COUNTED = {"en": "cells beyond the end{} are not counted", "ja": "端を越えるセル{}は数えない"}

#: The names of the operations of convviz, by kind.
NAMES = {
    names.kind: names
    for names in (
        OperationNames(
            kind="convolution",
            python="Convolution",
            function="conv2d",
            titles={"en": "Convolution", "ja": "畳み込み"},
            command="conv",
            keras="Conv2D",
            torch="Conv2d",
            outside=NOT_COUNTED,
        ),
        OperationNames(
            kind="transposed_convolution",
            python="TransposedConvolution",
            function="conv2d_transpose",
            titles={"en": "Transposed convolution", "ja": "転置畳み込み"},
            command="conv --transposed",
            keras="Conv2DTranspose",
            torch="ConvTranspose2d",
            outside=NOT_COUNTED,
        ),
        OperationNames(
            kind="max_pooling",
            python="MaxPooling",
            function="max_pool2d",
            titles={"en": "Max pooling", "ja": "最大値プーリング"},
            command="max",
            keras="MaxPooling2D",
            torch="MaxPool2d",
            outside=NEVER_THE_MAXIMUM,
        ),
        OperationNames(
            kind="average_pooling",
            python="AveragePooling",
            function="avg_pool2d",
            titles={"en": "Average pooling", "ja": "平均値プーリング"},
            command="average",
            keras="AveragePooling2D",
            torch="AvgPool2d",
            outside=NOT_COUNTED,
        ),
        OperationNames(
            kind="global_max_pooling",
            python="GlobalMaxPooling",
            function="global_max_pool2d",
            titles={"en": "Global max pooling", "ja": "全体の最大値プーリング"},
            command="global-max",
            keras="GlobalMaxPooling2D",
            torch="AdaptiveMaxPool2d",
            outside=NEVER_THE_MAXIMUM,
        ),
        OperationNames(
            kind="global_average_pooling",
            python="GlobalAveragePooling",
            function="global_avg_pool2d",
            titles={"en": "Global average pooling", "ja": "全体の平均値プーリング"},
            command="global-average",
            keras="GlobalAveragePooling2D",
            torch="AdaptiveAvgPool2d",
            outside=NOT_COUNTED,
        ),
    )
}
