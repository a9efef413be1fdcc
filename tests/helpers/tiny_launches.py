"""Kernels for numba's simulator, where a thread takes 0.2 ms: blocks of a few threads, tiles of a few cells."""

import importlib
import pkgutil

__all__ = ["kernels", "shrink_blocks", "shrink_tiles"]

#: Numbers of threads, of blocks and of what they share, by the names that modules have for them.
TINY = {"WARP": 4, "MOST_ROWS": 2, "MOST_BLOCKS": 2, "CHANNELS": 4, "SLICES": 2, "THREADS": 8}
#: Modules whose kernels, or some of them, are made for one number of threads, and those of their kernels that are not.
FIXED = {
    "gemm": ("join",),
    "convolution": (),
    "tables": (),
    "intrinsics": (),
    "depthwise": ("depthwise_cells", "depthwise_inputs", "depthwise_weights"),
}


def modules():
    """Names and modules of all CUDA kernels."""
    from convviz.kernels import cuda as package

    for info in pkgutil.iter_modules(package.__path__):
        yield info.name, importlib.import_module(f"{package.__name__}.{info.name}")


def kernels():
    """All kernels that stand in modules, or in dictionaries there: ``{kernel: "module.name"}``, or ``"module.name[key]"``."""
    from convviz.kernels.cuda import launch

    found = {}
    for module_name, module in modules():
        for name, value in vars(module).items():
            for key, made in value.items() if isinstance(value, dict) else [(None, value)]:
                if isinstance(made, launch.Kernel) and made.function.__module__ == module.__name__:
                    found[made] = f"{module_name}.{name}" if key is None else f"{module_name}.{name}[{key}]"
    return found


def shrink_blocks(put):
    """Let kernels have tiny blocks, by calls of ``put(object, name, value)``, such as `setattr`."""
    for kernel, name in kernels().items():
        module, _, own = name.partition("[")[0].partition(".")
        if own in FIXED.get(module, (own,)):
            put(kernel, "threads", TINY["THREADS"])
    for module_name, module in modules():
        for name in set(vars(module)) & set(TINY) if module_name not in FIXED else ():
            put(module, name, TINY[name])


def shrink_tiles(put):
    """Let products of matrices be cut into tiles of a few cells, and sums into splits of a few steps."""
    from convviz.kernels.cuda import gather_tables, gemm

    put(gather_tables, "tile_of", lambda *arguments: gemm.TINY)
    put(gather_tables, "LEAST_SPAN", 8)
