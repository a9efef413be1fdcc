"""Inputs that people type or upload, read as arrays: files of numbers, pictures, numbers as text, names.

The page "Numbers as text" of the reference has the rules.
"""

from convviz.inputs.errors import Ambiguous, Usage, complain

__all__ = ["Ambiguous", "Usage", "complain"]
