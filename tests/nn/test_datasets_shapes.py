"""Generated images: the same everywhere, balanced, inside the frame, and what the classes say."""

import hashlib

import numpy as np
import pytest

from convviz.nn import datasets
from convviz.nn.datasets import synthetic

BAR, CROSS, CIRCLE, CORNER = range(4)


def test_shapes_are_images_and_labels():
    x, y = datasets.shapes(2000, seed=1)
    assert (x.shape, x.dtype) == ((2000, 28, 28, 1), np.float32)
    assert (y.shape, y.dtype) == ((2000,), np.int64)
    assert x.min() == 0 and x.max() == 1
    assert datasets.shapes.class_names == ("bar", "cross", "circle", "corner")


def test_defaults():
    x, y = datasets.shapes()
    again, labels = datasets.shapes(1000, seed=0, size=28, noise=0.1)
    assert (x == again).all() and (y == labels).all()


def test_the_bits_are_those_of_every_machine():
    x, y = datasets.shapes(300, seed=7, size=29, noise=0.2)
    assert hashlib.sha256(x.astype("<f4").tobytes() + y.astype("<i8").tobytes()).hexdigest() == (
        "0f3d5650ce92c3fea4669dd52e5ff54422a629e7e5632eb463647c9f6056645d"
    )


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 255, 256, 257, 1001])
def test_classes_are_balanced(n):
    counts = np.bincount(datasets.shapes(n, seed=n)[1], minlength=4)
    assert counts.sum() == n and counts.max() - counts.min() <= 1


def test_the_order_of_classes_is_random():
    _, y = datasets.shapes(4000)
    for place in range(4):
        # of 1,000 blocks of four a class begins 250, give or take four standard deviations of 13.7
        assert abs(np.bincount(y[place::4], minlength=4) - 250).max() <= 55


@pytest.mark.parametrize("size", [12, 28, 33])
def test_fewer_images_are_the_first_ones(size):
    x, y = datasets.shapes(600, seed=5, size=size)
    first, labels = datasets.shapes(301, seed=5, size=size)
    assert (first == x[:301]).all() and (labels == y[:301]).all()


def test_chunks_do_not_show(monkeypatch):
    x, _ = datasets.shapes(300, seed=2)
    monkeypatch.setattr(synthetic, "CHUNK", 7)
    assert (datasets.shapes(300, seed=2)[0] == x).all()


def test_seeds_differ():
    assert (datasets.shapes(100, seed=1)[0] != datasets.shapes(100, seed=2)[0]).any(axis=(1, 2, 3)).all()


def test_no_two_images_are_alike():
    x, _ = datasets.shapes(1000, noise=0)
    assert len(np.unique(x.reshape(1000, -1), axis=0)) == 1000


def test_noise_is_spread_evenly_up_to_its_bound():
    clean, noisy = datasets.shapes(500, seed=3, noise=0)[0], datasets.shapes(500, seed=3, noise=0.05)[0]
    change = (noisy - clean)[(clean > 0.05) & (clean < 0.95)]
    assert len(change) > 10_000
    assert abs(change).max() <= 0.05 + 1e-6
    # a uniform spread has the standard deviation bound / sqrt(3)
    assert change.std() == pytest.approx(0.05 / 3**0.5, rel=0.02)
    assert change.mean() == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize("size", [12, 13, 28, 64])
def test_shapes_stay_inside(size):
    x, _ = datasets.shapes(2000, seed=1, size=size, noise=0)
    frame = np.ones((size, size), bool)
    frame[1:-1, 1:-1] = False
    assert x[:, frame].max() <= 0.5, "at most the soft edge of a shape touches the outermost pixels"
    assert x[:, :, 0].max() > 0 or size > 28, "and some do"


def test_brightness_varies_by_half():
    x, _ = datasets.shapes(4000, noise=0, size=40)
    brightest = x.max(axis=(1, 2, 3))
    assert 0.5 <= brightest.min() < 0.55 and 0.95 < brightest.max() <= 1


def fraction_of_box(images):
    """How much of the smallest box around each shape is bright."""
    fractions = []
    for image in images[..., 0]:
        rows, columns = np.nonzero(image > image.max() / 2)
        box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        fractions.append(len(rows) / box)
    return np.array(fractions)


def centre_is_bright(images):
    """Whether the middle of the smallest box around each shape is bright."""
    found = []
    for image in images[..., 0]:
        rows, columns = np.nonzero(image > image.max() / 2)
        middle = image[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
        found.append(middle > image.max() / 2)
    return np.array(found)


def test_classes_look_as_they_are_called():
    x, y = datasets.shapes(800, seed=4, size=48, noise=0)
    assert centre_is_bright(x[y == BAR]).all()
    assert centre_is_bright(x[y == CROSS]).all()
    assert not centre_is_bright(x[y == CIRCLE]).any()
    assert not centre_is_bright(x[y == CORNER]).any()


def test_a_bar_lies_or_stands_and_a_corner_opens_to_four_sides():
    x, y = datasets.shapes(800, seed=4, noise=0)
    bars, corners = x[y == BAR, :, :, 0], x[y == CORNER, :, :, 0]
    wide = [np.ptp(np.nonzero(image > 0.25)[1]) > np.ptp(np.nonzero(image > 0.25)[0]) for image in bars]
    assert 0.35 < np.mean(wide) < 0.65
    sides = []
    for image in corners:
        rows, columns = np.nonzero(image > image.max() / 2)
        sides.append([places.mean() > (places.min() + places.max()) / 2 for places in (rows, columns)])
    counts = np.unique(sides, axis=0, return_counts=True)[1]
    assert len(counts) == 4 and counts.min() > 200 / 8


def test_pixel_sums_do_not_give_the_class_away():
    """A linear model fitted by least squares to 4,000 images stays far below what a network reaches."""
    x, y = datasets.shapes(6000, seed=1)
    rows = np.column_stack([x.reshape(6000, -1), np.ones(6000)]).astype(np.float64)
    weights = np.linalg.solve(rows[:4000].T @ rows[:4000] + 10 * np.eye(785), rows[:4000].T @ np.eye(4)[y[:4000]])
    accuracy = ((rows[4000:] @ weights).argmax(axis=1) == y[4000:]).mean()
    assert 0.4 < accuracy < 0.75


def test_a_small_network_learns_them():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 4),
    )
    x, y = (torch.tensor(array) for array in datasets.shapes(2500, seed=1))
    x = x.permute(0, 3, 1, 2).contiguous()
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for start in [*range(0, 2000, 50)] * 5:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(x[start : start + 50]), y[start : start + 50]).backward()
        optimizer.step()
    with torch.no_grad():
        assert (network(x[2000:]).argmax(1) == y[2000:]).float().mean() > 0.95


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"n": 0}, ValueError, "n is 0; expected a whole number of at least 1"),
        ({"n": 2.5}, TypeError, "n is 2.5; expected a whole number of at least 1"),
        ({"n": True}, TypeError, "n is True; expected a whole number of at least 1"),
        ({"n": "10"}, TypeError, "n is '10'; expected a whole number of at least 1"),
        ({"seed": -1}, ValueError, "seed is -1; expected a whole number of at least 0"),
        ({"seed": None}, TypeError, "seed is None; expected a whole number of at least 0"),
        ({"size": 11}, ValueError, "size is 11; expected a whole number of at least 12"),
        ({"size": (28, 28)}, TypeError, "size is (28, 28); expected a whole number of at least 12"),
        ({"noise": -0.1}, ValueError, "noise is -0.1; expected a number from 0 to 1"),
        ({"noise": 1.1}, ValueError, "noise is 1.1; expected a number from 0 to 1"),
        ({"noise": float("nan")}, ValueError, "noise is nan; expected a number from 0 to 1"),
        ({"noise": "0.1"}, TypeError, "noise is '0.1' (str); expected a number from 0 to 1"),
    ],
)
def test_wrong_arguments_are_refused(given, error, words):
    with pytest.raises(error) as caught:
        datasets.shapes(**given)
    assert str(caught.value) == words


def test_numpy_numbers_are_numbers():
    assert datasets.shapes(np.int64(4), seed=np.uint8(2), noise=np.float32(0))[0].shape == (4, 28, 28, 1)


def test_corners_point_four_ways_which_are_mirror_images():
    side = np.linspace(-8, 8, 17, dtype=np.float32)
    v, u = np.meshgrid(side, side, indexing="ij")

    def corner(*choices):
        return synthetic.corner(u, v, np.float32(3), np.float32(2), choices)

    assert (corner(True, True) == corner(False, True)[:, ::-1]).all()
    assert (corner(True, True) == corner(True, False)[::-1]).all()
    assert (corner(True, True) == corner(False, False)[::-1, ::-1]).all()
    assert not (corner(True, True) == corner(False, True)).all()
    assert not (corner(True, True) == corner(True, False)).all()
