"""Which device trains a model, and the engine for it. Nothing of CUDA is loaded before a model may be trained there."""

from convviz.nn import losses, optimizers
from convviz.nn.engine.options import device_name, precision_name

__all__ = ["engine", "require", "require_weights"]


def require(model, precision):
    """Raise an error unless a compiled model can be computed where it says, with the precision that is asked for.

    Raises
    ------
    RuntimeError
        If there is no such GPU, or no kernel for the model there.
    ValueError
        For another precision, or one that the CPU does not have.
    """
    if precision_name(precision) != "float32" and model.device == "cpu":
        raise ValueError(f"precision={precision!r} is for tensor cores of a GPU: with device='cpu' leave it out")
    if model.device == "cuda":
        require_cuda(model)


def require_weights(model):
    """Raise ValueError unless samples can be weighted where a model is computed."""
    if on_gpu(model):
        raise ValueError("sample_weight and class_weight are for the CPU: call compile with device='cpu'")


def require_cuda(model):
    """Raise RuntimeError unless there is a GPU, and there are kernels for a model."""
    from convviz.kernels.cuda import device

    device.require(otherwise="device='cpu' trains everywhere, and device='auto' takes a GPU if there is one")
    if reason := reason_against(model):
        raise RuntimeError(f"device='cuda' cannot compute this model: {reason}; device='cpu' can")


def reason_against(model):
    """Why there are no kernels of CUDA for a model, as a clause; "" if there are."""
    if model.dtype != "float32":
        return f"a GPU computes in float32 here, and the model in {model.dtype}"
    for given, known in ((model.optimizer, optimizers.KNOWN), (model.loss, losses.KNOWN)):
        if given is not None and type(given) not in known.values():
            names = ", ".join(kind.__name__ for kind in known.values())
            return f"there is no kernel for {type(given).__name__}, only for {names}"
    return ""


def on_gpu(model):
    """Whether a GPU computes a model: where that is asked for, and with "auto" where one is there that can.

    Raises
    ------
    RuntimeError
        If a GPU is asked for, and there is none or it has no kernels for the model.
    """
    chosen = device_name(model.device)
    if chosen == "cuda":
        require_cuda(model)
    elif chosen == "auto" and model.loss is not None and not reason_against(model):
        from convviz.kernels.cuda import device

        return device.available() and not device.simulated()
    return chosen == "cuda"


def engine(model):
    """What computes a model's batches."""
    if on_gpu(model):
        from convviz.nn.engine.cuda.engine import Engine
    else:
        from convviz.nn.engine.cpu.engine import Engine
    return Engine(model)
