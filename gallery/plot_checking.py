"""
Checking a hand calculation
===========================

The slides that the worked example comes from print two wrong cells; the check names them, and what may have happened.
"""

import convviz as cv

example = cv.examples.lecture_6x6
report = example.operation.check(example.image, example.published)
print(report)
cv.assert_feature_map(example.operation, example.image, example.answer)    # in a test: fails with the report
report
