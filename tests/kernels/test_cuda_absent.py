"""What users meet where no GPU works: errors that say what is missing, "auto" that computes on the CPU, and light imports."""

import configparser
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import convviz as cv
from convviz.kernels.cuda import device
from convviz.operations import devices

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def reason(monkeypatch):
    """Let a GPU be missing for a reason."""

    def let(text):
        monkeypatch.setattr(device, "probe", lambda process: text)

    return let


def without_simulator(code, **environment):
    """What a new interpreter prints for `code`, parsed."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env={**known, **environment})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "call",
    [
        lambda: cv.conv2d([[1.0]], [[1.0]], device="cuda"),
        lambda: cv.conv2d_transpose([[1.0]], [[1.0]], device="cuda"),
        lambda: cv.max_pool2d([[1.0]], 1, device="cuda"),
        lambda: cv.max_pool2d([[1.0]], 1, return_argmax=True, device="cuda"),
        lambda: cv.avg_pool2d([[1.0]], 1, device="cuda"),
        lambda: cv.global_max_pool2d([[1.0]], device="cuda"),
        lambda: cv.global_avg_pool2d([[1.0]], device="cuda"),
        lambda: cv.Convolution([[1.0]])([[1.0]], device="cuda"),
    ],
)
def test_cuda_without_a_gpu_says_what_is_missing(call, reason):
    reason(device.PACKAGE)
    words = r"='cuda' needs an NVIDIA GPU that runs kernels, but .*numba-cuda is not installed; .*pip install 'numba-cuda"
    with pytest.raises(RuntimeError, match=words):
        call()


class OnGpu:
    """An array of a library that can compute on the GPU, where convviz can't."""

    __cuda_array_interface__ = {}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cv.conv2d(OnGpu(), [[1.0]]), "an image in a GPU's memory needs .*; copied to main memory, it is computed by"),
        (lambda: cv.conv2d([[1.0]], OnGpu()), "a kernel in a GPU's memory needs"),
        (lambda: cv.conv2d([[1.0]], [[1.0]], OnGpu()), "a bias in a GPU's memory needs"),
    ],
)
def test_arrays_on_a_gpu_that_convviz_cannot_use(call, words, reason):
    reason(device.DRIVER)
    with pytest.raises(RuntimeError, match=words):
        call()


def test_the_package_is_missed_first(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert device.package_missing() == device.PACKAGE


def test_a_package_that_does_not_load_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "convviz.kernels.cuda.launch", None)
    monkeypatch.delattr(sys.modules["convviz.kernels.cuda"], "launch", raising=False)
    assert "numba-cuda does not load (ModuleNotFoundError: " in device.package_missing()


class Cuda:
    """A stand-in for numba.cuda that fails at one place."""

    def __init__(self, **failures):
        self.failures = failures

    def __getattr__(self, name):
        def function(*arguments, **options):
            raise self.failures[name]

        return function


@pytest.fixture
def launching(monkeypatch):
    """Let numba.cuda fail at one place."""

    def let(**failures):
        module = type(sys)("convviz.kernels.cuda.launch")
        module.cuda, module.count_up = Cuda(**failures), None
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(sys.modules["convviz.kernels.cuda"], "launch", module, raising=False)

    return let


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Error at driver init: \n\nCUDA driver library cannot be found.\n", "no NVIDIA driver was found"),
        ("Error at driver init: Call to cuInit results in CUDA_ERROR_NO_DEVICE (100)", "driver finds no GPU that it can use"),
        ("Error at driver init: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "driver does not work: RuntimeError: Error at driver init"),
    ],
)
def test_drivers_are_told_apart(launching, monkeypatch, error, words):
    launching(current_context=RuntimeError(error))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    assert words in device.driver_missing()
    assert ("CUDA_VISIBLE_DEVICES is '7'" in device.driver_missing()) == ("NO_DEVICE" in error)


def test_the_compiler_is_told_apart_from_a_kernel_that_fails(launching):
    launching(to_device=RuntimeError('Failure finding "libnvvm.so"'))
    assert "CUDA's compiler library nvvm was not found" in device.compiler_missing()
    assert device.INSTALL in device.compiler_missing()
    launching(to_device=RuntimeError("an illegal instruction"))
    assert device.compiler_missing() == "a kernel of one line does not run: RuntimeError: an illegal instruction"


def test_unknown_devices_are_named():
    with pytest.raises(ValueError, match="device is 'gpu'; expected 'cpu', 'cuda' or 'auto'"):
        cv.conv2d([[1]], [[1]], device="gpu")


# ---------------------------------------------------------------- auto


@pytest.fixture
def much():
    """An image and a convolution of it that are worth a GPU."""
    return np.ones((64, 32, 32, 64), np.float32), cv.Convolution(np.ones((3, 3, 64, 64), np.float32), padding="same")


def test_auto_is_the_cpu_without_a_gpu(reason, much):
    reason("there is none")
    image, conv = much
    assert not devices.goes_to_gpu(conv, image, "channels_last", "auto")
    assert cv.conv2d([[1, 2]], [[1, 1]], device="auto").tolist() == [[3]]


def test_auto_takes_a_gpu_that_works_for_what_is_worth_it(reason, monkeypatch, much):
    reason("")
    monkeypatch.setattr(device, "simulated", lambda: False)
    image, conv = much
    assert devices.goes_to_gpu(conv, image, "channels_last", "auto")
    assert devices.goes_to_gpu(conv, image.transpose(0, 3, 1, 2), "channels_first", "auto")
    assert not devices.goes_to_gpu(conv, image[:1], "channels_last", "auto")
    assert not devices.goes_to_gpu(conv, image.astype(np.float64), "channels_last", "auto")
    assert not devices.goes_to_gpu(cv.MaxPooling(2), image, "channels_last", "auto")
    one = cv.Convolution(np.ones((3, 3), np.float32), groups=64)
    assert not devices.goes_to_gpu(one, image, "channels_last", "auto")


def test_small_work_does_not_even_look_for_a_gpu(monkeypatch):
    monkeypatch.setattr(device, "missing", lambda: pytest.fail("looked"))
    assert cv.conv2d(np.ones((4, 4), np.float32), np.ones((2, 2), np.float32), device="auto").tolist() == [[4] * 3] * 3


@pytest.mark.parametrize(
    ("operation", "shape", "products"),
    [
        (cv.Convolution(np.ones((3, 2, 4, 5)), strides=2), (7, 9, 8, 4), 7 * 4 * 4 * 3 * 2 * 4 * 5),
        (cv.Convolution(np.ones((3, 2, 2, 6)), groups=2), (1, 3, 3, 4), 1 * 1 * 2 * 3 * 2 * 2 * 6),
        (cv.Convolution(np.ones((2, 2)), groups=3), (1, 4, 4, 3), 9 * 4 * 3),
        (cv.TransposedConvolution(np.ones((3, 2, 5, 4)), strides=2), (7, 9, 8, 4), 7 * 9 * 8 * 4 * 3 * 2 * 5),
        (cv.MaxPooling(2), (7, 9, 8, 4), 0),
    ],
)
def test_products_are_counted(operation, shape, products):
    assert operation.products(shape) == products


# ---------------------------------------------------------------- imports


def loaded(statements):
    """Modules of CUDA that a new interpreter has loaded after some statements."""
    names = "('numba.cuda', 'numba_cuda.', 'convviz.kernels.cuda.')"
    code = f"import json, sys\n{statements}\nprint(json.dumps([name for name in sys.modules if name.startswith({names})]))"
    return set(without_simulator(code))


def test_importing_convviz_and_computing_never_loads_cuda():
    """Not even numba's own module of that name, and of convviz nothing but the module that looks for a GPU."""
    found = loaded(
        "import numpy as np, convviz as cv, convviz.operations, convviz.operations.functions, convviz.nn\n"
        "cv.conv2d(np.ones((4, 4)), np.ones((2, 2)), device='auto')\n"
        "cv.max_pool2d([[1]], 1, device='cpu')"
    )
    assert found - loaded("import numba") <= {"convviz.kernels.cuda.device"}


def test_a_process_looks_for_a_gpu_once():
    code = (
        "import json, convviz as cv; from convviz.kernels.cuda import device\n"
        "looked = []; device.package_missing = lambda: looked.append(1) or 'nothing is there'\n"
        "print(json.dumps([device.missing(), device.missing(), device.available(), len(looked)]))"
    )
    assert without_simulator(code) == ["nothing is there", "nothing is there", False, 1]


def test_what_the_messages_install_is_the_extra():
    settings = configparser.ConfigParser()
    settings.read(Path(__file__).resolve().parents[2] / "setup.cfg", "utf-8")
    wanted = settings["options.extras_require"]["cuda"].split("\n")
    told = re.findall("'([^']+)'", device.INSTALL)
    assert sorted(told) == sorted(line.replace(" ", "") for line in wanted if line)
