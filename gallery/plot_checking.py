"""
Checking a hand calculation
===========================

The slides that the worked example comes from print two wrong cells. The check names them, writes out the right sums and
looks for slips that would explain the wrong ones.
"""

import convviz as cv

example = cv.examples.lecture_6x6
report = example.operation.check(example.image, example.published)
print(report)

# %%
# In a test, an answer that is not right fails with this report as its text.

cv.assert_feature_map(example.operation, example.image, example.answer)

# %%
# Every wrong cell knows the step that computes it: the slides have 22 here.

first = report.cells[0]
print(f"row {first.position[0]}, column {first.position[1]}: {first.answered} on the slide, {first.right} is right")
report.trace.figure(first.index)

# %%
# In a notebook the report itself shows both maps, and the step of the wrong cell that is chosen.

report
