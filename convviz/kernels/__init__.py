"""Compute kernels: the arithmetic of one cell in `scalar`, whole arrays on the CPU in `cpu` and on an NVIDIA GPU in `cuda`."""
