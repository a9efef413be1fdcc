"""Widgets for notebooks: controls for everything that can be changed, and a form for exercises."""

from .explorer import Explorer, explore
from .quiz import Quiz, quiz

__all__ = ["Explorer", "Quiz", "explore", "quiz"]
