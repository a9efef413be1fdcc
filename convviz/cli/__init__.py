"""The command line."""

from convviz.cli.commands import main

__all__ = ["main"]
