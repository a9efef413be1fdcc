"""What batch normalization and optimizers launch compiles for the arguments it really has, as in ``test_launches.py``."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import arrays, launch

if launch.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

from test_launches import Launches, check, on_gpu

from convviz.kernels.cuda import normalization, optimizers


@pytest.fixture
def launches(monkeypatch):
    """Compile instead of launching; ones and zeros that are kept are stand-ins."""
    found = Launches()
    monkeypatch.setattr(launch.Kernel, "_configured", lambda *arguments: found.configured(*arguments))
    monkeypatch.setattr(arrays, "empty", lambda shape, dtype, name="": on_gpu(*shape, dtype=dtype))
    for module, name in (arrays, "no_bias"), (normalization, "no_gamma"):
        monkeypatch.setattr(module, name, lambda channels, dtype: on_gpu(channels, dtype=dtype))
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scaled", [False, True])
def test_batch_normalization(launches, dtype, scaled):
    """Each kernel is compiled for one set of types, with and without what may be missing."""
    x, y, row = on_gpu(4, 9, 8, 6, dtype=dtype), on_gpu(4, 9, 8, 6, dtype=dtype), on_gpu(6, dtype=dtype)
    gamma = beta = row if scaled else None
    scratch = on_gpu(normalization.partial_cells(288, 6), dtype=dtype) if scaled else None
    normalization.batch_norm_training(x, y, gamma, beta, 1e-3, row, row, row, row, 0.9, scratch)
    normalization.batch_norm_inference(x, y, gamma, beta, 1e-3, row, row)
    normalization.batch_norm_gradient(y, x, gamma, row, row, gamma, beta, scratch)
    normalization.batch_norm_frozen_gradient(y, gamma, row, 1e-3)
    names = "join_moments", "join_slopes", "chunk_moments", "chunk_slopes", "scale_rows", "slope_rows"
    check(launches, dtype, *names)


def test_optimizers(launches):
    """One launch each, of eleven kernels."""
    w, rates, now = on_gpu(64), on_gpu(10), on_gpu(3, dtype=np.int64)
    optimizers.sgd(w, w, rates, now)
    optimizers.momentum(w, w, w, rates, now, 0.9)
    optimizers.momentum(w, w, w, rates, now, 0.9, nesterov=True)
    optimizers.adagrad(w, w, w, rates, now)
    for buffer in (None, w):
        for mean in (None, w):
            optimizers.rmsprop(w, w, w, buffer, mean, rates, now)
    optimizers.adam(w, w, w, w, None, rates, now)
    optimizers.adam(w, w, w, w, w, rates, now)
    optimizers.adadelta(w, w, w, w, rates, now)
    check(launches, np.float32, *["update_cells"] * len(optimizers.KERNELS))
    # weights, gradients and states come and go four at a time
    for text in launches.texts():
        assert "ld.global.v4.f32" in text
        assert "st.global.v4.f32" in text
        assert text.count("ld.global.f32") == 1  # the learning rate
