"""Many launches as one: captured once into a CUDA graph, and replayed.

A small network's step is dozens of launches of a few microseconds each, and from Python a launch takes longer than that. A
graph is launched as a whole. It holds the addresses and numbers that kernels were given when it was captured, so what
changes from one time to the next has to stand in the GPU's memory, see `convviz.kernels.cuda.clock`.

While something is captured nothing runs, and nothing may be allocated, copied to the host or waited for; so it must have
run before, when kernels were compiled and memory was allocated. numba's streams wait for the default stream, so work that went
there by mistake makes the capture fail instead of being left out of the graph.
"""

import contextlib

from convviz.kernels.cuda import device, launch

__all__ = ["DriverError", "Graph", "captured"]


class DriverError(RuntimeError):
    """What the driver says of a call that failed."""


class Graph:
    """What was captured; made by `captured`.

    Parameters
    ----------
    executable : a handle of the driver's
    calls : list
        What `launch.recorded` noted. It keeps alive the arrays whose addresses the graph holds.
    stream : a stream of numba's
        On which it is launched unless a call gives another.
    """

    def __init__(self, executable, calls, stream):
        from cuda.bindings import driver

        self.executable, self.calls, self.stream = executable, calls, stream
        # all that a launch needs at hand: a step of a small network takes a few dozen microseconds
        self.launch, self.handle, self.fine = driver.cuGraphLaunch, stream_handle(stream), driver.CUresult.CUDA_SUCCESS

    def __call__(self, stream=None):
        """Launch everything once more."""
        (status,) = self.launch(self.executable, self.handle if stream is None else stream_handle(stream))
        if status != self.fine:
            require_success("cuGraphLaunch", status)

    def __del__(self):
        # while Python ends, the driver may be gone
        with contextlib.suppress(Exception):
            driver_call("cuGraphExecDestroy", self.executable)


def stream_handle(stream):
    """The driver's handle of a stream of numba's."""
    from cuda.bindings import driver

    return driver.CUstream(int(stream.handle))


def driver_call(name, *arguments):
    """Call a function of the driver; gives its result, if it has one, or raises `DriverError`."""
    from cuda.bindings import driver

    status, *results = getattr(driver, name)(*arguments)
    require_success(name, status)
    return results[0] if results else None


def require_success(name, status):
    """Raise `DriverError` unless a function of the driver did what it should."""
    from cuda.bindings import driver

    if status != driver.CUresult.CUDA_SUCCESS:
        raise DriverError(f"{name} of the NVIDIA driver failed: {status.name}")


def captured(function, stream):
    """Capture what a function launches on a stream.

    Parameters
    ----------
    function : callable
        Has run before with the same arrays. Nothing that it launches runs now.
    stream : a stream of numba's
        Not the default one.

    Returns
    -------
    Graph

    Raises
    ------
    DriverError
        Where the driver cannot capture or make a graph of it. The stream can be used as before.
    """
    # arrays that nobody needs any more are freed afterwards; freeing would wait for the GPU
    with launch.cuda.defer_cleanup():
        graph, calls = recording(function, stream_handle(stream))
    try:
        return Graph(driver_call("cuGraphInstantiate", graph, 0), calls, stream)
    finally:
        driver_call("cuGraphDestroy", graph)


def recording(function, stream):
    """Run a function while a stream captures: the driver's graph, and the calls that it is made of."""
    from cuda.bindings import driver

    # other threads may do what they like meanwhile
    driver_call("cuStreamBeginCapture", stream, driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED)
    try:
        with launch.recorded() as calls:
            function()
    except BaseException as error:
        # the stream must be let go whatever happened; what the first error says counts
        with contextlib.suppress(DriverError):
            driver_call("cuGraphDestroy", driver_call("cuStreamEndCapture", stream))
        if device.failed(error):
            raise DriverError(f"launches cannot be captured: {device.described(error)}") from error
        raise
    return driver_call("cuStreamEndCapture", stream), calls
