"""Tests that need an NVIDIA GPU; elsewhere all of them are skipped with the reason.

Run ``python -m pytest tests/gpu``; what to run on a machine with a GPU, in which order and in chunks of ten minutes, stands
at the beginning of ``tests/benchmarks/gpu.py``. Two environment variables change what is run:

``CONVVIZ_GPU_REHEARSAL=1``, with ``NUMBA_ENABLE_CUDASIM=1``
    The same tests in numba's simulator, on tiny arrays with tiny tiles, so that the tests themselves are known to run. What
    only hardware has (tensor cores, CUDA graphs, other libraries' arrays and streams) is played by stand-ins.
``CONVVIZ_GPU_SANITIZE=1``
    Smaller arrays, for compute-sanitizer, under which everything takes many times as long: see ``tests/gpu/sanitize``.
"""

from pathlib import Path

import hardware
import pytest
import tiny_launches

from convviz.kernels.cuda import device

HERE = Path(__file__).parent
#: Names of the kernels that were launched in this run.
LAUNCHED = set()


def pytest_configure(config):
    config.addinivalue_line("markers", "sanitize: a test that compute-sanitizer runs")
    config.addinivalue_line("markers", "last: a test that looks back at all others of this folder")


def absent():
    """Why nothing of this folder can run, or ""."""
    reason = device.missing()
    if not reason and device.simulated() and not hardware.REHEARSAL:
        return "numba's simulator is no GPU; CONVVIZ_GPU_REHEARSAL=1 rehearses these tests in it"
    if not reason and hardware.REHEARSAL and not device.simulated():
        return "CONVVIZ_GPU_REHEARSAL=1 is for numba's simulator: NUMBA_ENABLE_CUDASIM=1"
    return reason and f"needs an NVIDIA GPU: {reason}"


class Absent(pytest.Module):
    """A file of tests that is not even imported: what it imports is missing too."""

    def collect(self):
        pytest.skip(absent(), allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    return Absent.from_parent(parent, path=module_path) if absent() else None


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(autouse=True, scope="session")
def tiny_in_the_simulator():
    """Tiles of a few cells and blocks of a few threads where threads are played one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        if hardware.REHEARSAL:
            import turns

            turns.take_turns(patch.setattr)
            tiny_launches.shrink_blocks(patch.setattr)
            tiny_launches.shrink_tiles(patch.setattr)
        yield


@pytest.fixture(autouse=True, scope="session")
def launched():
    """Note which kernels are launched."""
    from convviz.kernels.cuda import launch

    names = tiny_launches.kernels()
    with pytest.MonkeyPatch.context() as patch:
        configured = launch.Kernel._configured

        def noted(kernel, *choice):
            LAUNCHED.add(names.get(kernel) or f"gemm.{kernel.function.__name__}")
            return configured(kernel, *choice)

        patch.setattr(launch.Kernel, "_configured", noted)
        yield LAUNCHED


@pytest.fixture(autouse=True)
def tensor_cores(request):
    """Skip tests of TF32 where a GPU has no such tensor cores."""
    from convviz.kernels.cuda import dispatch

    asked = getattr(request.node, "callspec", None)
    if asked and asked.params.get("precision") == "tf32" and not hardware.REHEARSAL and not dispatch.tensor_cores():
        pytest.skip("this GPU has no tensor cores for TF32")


@pytest.fixture
def integers():
    """``integers(*shape, dtype=…)``: random whole numbers of −3 … 3, whose sums float32 and TF32 hold exactly."""
    return hardware.integers(7)


@pytest.fixture
def numbers():
    """``numbers(*shape, dtype=…)``: numbers of the normal distribution."""
    return hardware.normal(7)
