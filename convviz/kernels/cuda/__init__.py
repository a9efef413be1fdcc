"""Whole arrays on an NVIDIA GPU.

Nothing else in convviz imports numba.cuda, and nothing here is loaded unless a GPU is asked for. `dispatch` is the
counterpart of `convviz.kernels.cpu.dispatch`.
"""
