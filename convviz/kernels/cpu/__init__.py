"""Whole arrays on the CPU."""
