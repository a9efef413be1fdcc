"""Answers worked out by hand, compared with the right ones and explained."""

from convviz._support import lazy_names
from convviz.check.diagnosis import assert_feature_map, check
from convviz.check.report import CheckReport, Explanation, WrongCell

__all__ = ["CheckReport", "Explanation", "WrongCell", "assert_feature_map", "check"]


def __dir__():
    return lazy_names.listed(globals())
