"""NUMBA_DISABLE_JIT=1: Python runs what is otherwise compiled, with the same results."""

import os
import subprocess
import sys

import numpy as np
import pytest
import random_results

KERNELS, TRAININGS = 150, 12


def interpreted(*command, folder):
    """What a Python says in which numba compiles nothing; it must end well and say nothing on standard error."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Results of random kernels and trainings, interpreted and compiled."""
    folder = tmp_path_factory.mktemp("interpreted")
    interpreted(random_results.__file__, str(KERNELS), str(TRAININGS), "found.npz", folder=folder)
    with np.load(folder / "found.npz") as found:
        return dict(found), random_results.results(KERNELS, TRAININGS)


def test_random_kernels(both):
    found, wanted = both
    for name in (name for name in wanted if name.startswith("kernel")):
        one, other = found[name], wanted[name]
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        if one.dtype == np.int64:  # sums beyond 64 bits wrap around
            np.testing.assert_array_equal(one, other, name)
        else:  # vector code rounds a product and a sum together
            size = np.abs(other[np.isfinite(other)]).max(initial=1)
            np.testing.assert_allclose(one, other, rtol=0, atol=16 * np.finfo(one.dtype).eps * size, err_msg=name)


def test_random_trainings(both):
    found, wanted = both
    for name in (name for name in wanted if name.startswith("training")):
        assert np.isfinite(wanted[name]).all()
        np.testing.assert_allclose(found[name], wanted[name], rtol=2e-5, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("ending", ["gif", "html", "pdf", "png", "svg", "webp"])
def test_each_kind_of_file_is_the_same(ending, tmp_path):
    line = (
        f"import convviz as cv; cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]]).save('x.{ending}')"
    )
    interpreted("-c", line, folder=tmp_path)
    first = (tmp_path / f"x.{ending}").read_bytes()
    exec(line.replace(f"x.{ending}", str(tmp_path / f"y.{ending}")))
    assert first == (tmp_path / f"y.{ending}").read_bytes()


def test_values_that_python_refuses_are_those_of_machine_code(tmp_path):
    code = (
        "import numpy as np; from convviz.kernels.interpreted import math\n"
        "x = np.float64; print(math.exp(1000.0), math.log(x(0)), math.sqrt(x(-1)), math.log1p(x(-1)), math.expm1(1000.0))"
    )
    assert interpreted("-W", "ignore", "-c", code, folder=tmp_path).split() == ["inf", "-inf", "nan", "-inf", "inf"]


def test_numbers_of_python_give_what_numbers_of_numpy_give(tmp_path):
    code = """
import itertools, random
import numpy as np
from convviz.kernels.scalar import activations, losses, optimizers, targets

random.seed(5)
values = [0.0, -0.0, 1.0, -1.0, 1e308, 1e-308, 800.0, -800.0, float("inf"), float("nan"), 0.5]
for module in (activations, losses, optimizers):
    for name in module.__all__:
        (function,) = targets.compile_functions(module, name)
        for _ in range(60):
            numbers = random.choices(values, k=getattr(module, name).__code__.co_argcount)
            one = function(*numbers)
            with np.errstate(all="ignore"):
                other = function(*map(np.float64, numbers))
            np.testing.assert_array_equal(one, other, f"{name}{tuple(numbers)}")
assert targets.arithmetic(lambda x: 1 / x)(0.0) == np.inf
print("done")
"""
    assert interpreted("-W", "error", "-c", code, folder=tmp_path) == "done\n"


def test_a_whole_number_of_64_bits_wraps_around(tmp_path):
    code = (
        "import numpy as np; from convviz.kernels.cpu import dispatch; from convviz import geometry\n"
        "axes = geometry.window_geometry((1, 1), (1, 1)); one = np.ones((1, 1, 1, 1), np.int64)\n"
        "print(dispatch.convolve(one, one, np.array([2**63 - 1]), axes.rows, axes.columns, 1)[0, 0, 0, 0])"
    )
    assert interpreted("-c", code, folder=tmp_path).strip() == str(-(2**63))
