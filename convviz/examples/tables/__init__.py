"""The tables of worked examples and calculations, by their source; `convviz.examples.catalogue` builds entries from them.

An entry has the attributes of `convviz.examples.Example` or `convviz.examples.Calculation`; arrays are text, which
`convviz.examples.text_arrays` reads, and an operation is its kind with its settings.
"""

from convviz.examples.tables import beyond, guide, lecture, textbook
from convviz.examples.tables.calculations import CALCULATIONS

__all__ = ["CALCULATIONS", "EXAMPLES"]

#: All examples of operations by name, in the order in which they are listed.
EXAMPLES = lecture.IMAGES | textbook.EXAMPLES | lecture.NEURONS | guide.EXAMPLES | beyond.EXAMPLES
