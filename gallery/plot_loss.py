"""
The loss says how wrong the answers are
=======================================

A network answers with probabilities. The loss of an image is −ln of the probability that the right answer was given: 0
for a certain and right answer, more the less was given to what is right. Training makes the mean of it small.
"""

import matplotlib.pyplot as plt
import numpy as np

from convviz.nn import losses, to_categorical

cat = np.array([0.5, 0.3, 0.6, 0.7, 0.5, 0.3, 0.7, 0.5])  # for each of 8 images, how likely a network thinks a cat
is_cat = np.array([1, 1, 1, 1, 0, 0, 0, 0])
right = np.where(is_cat == 1, cat, 1 - cat)  # what it gives to the right answer
each = -np.log(right)
print(f"mean of the eight: {each.mean():.3f}")
assert np.isclose(losses.binary_crossentropy(is_cat[:, None], cat[:, None]).mean(), each.mean())

# %%
# With more than two classes the answers come from softmax, and labels are written with a 1 at the right class. All other
# terms of the sum are 0, so it is again −ln of what was given to the right class, here of 0.447.

label, answer = to_categorical([0], 3), np.array([[0.447, 0.222, 0.331]])
by_hand = -(label * np.log(answer)).sum()
print(f"label {label[0].tolist()}: loss {by_hand:.3f}")
assert np.isclose(losses.categorical_crossentropy(label, answer), by_hand)

# %%
# The eight images, by number, on the curve. Always to answer ½ costs ln 2 ≈ 0.693, less than the mean of these eight. To be
# sure and wrong costs most.

figure, place = plt.subplots(figsize=(10, 5), layout="constrained")
p = np.linspace(0.005, 1, 400)
place.plot(p, -np.log(p), color="#0072b2", linewidth=2)
for value in np.unique(right.round(6)):
    numbers = ", ".join(str(number + 1) for number in np.flatnonzero(np.isclose(right, value)))
    place.plot(value, -np.log(value), "o", color="#d55e00", markersize=9)
    place.annotate(numbers, (value, -np.log(value)), (-6, -16), textcoords="offset points", fontsize=14, ha="right")
place.axhline(each.mean(), color="#d55e00", linestyle="--")
place.text(0.01, each.mean() + 0.08, f"mean {each.mean():.3f}", color="#a04000", fontsize=12)
place.set(xlabel="probability given to the right answer", ylabel="loss", xlim=(0, 1), ylim=(0, 5))
place.grid(color="#e0e0e0")
