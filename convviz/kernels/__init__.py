"""Compute kernels: `window` holds the arithmetic of one output cell, `cpu` whole arrays on all cores."""
