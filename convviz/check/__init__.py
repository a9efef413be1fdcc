"""Answers worked out by hand, compared with the right ones and explained."""

from convviz.check.diagnosis import CheckReport, Explanation, WrongCell, assert_feature_map, check

__all__ = ["CheckReport", "Explanation", "WrongCell", "assert_feature_map", "check"]
