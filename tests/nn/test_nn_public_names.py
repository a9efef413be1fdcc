"""dir() of the objects of convviz.nn shows what a user may use, and nothing else."""

import inspect

import nn_public_names

from convviz import nn


def test_dir_shows_the_names_of_the_committed_list():
    found = nn_public_names.differences()
    advice = "If the change is intended, run: python tests/helpers/nn_public_names.py --write"
    assert not found, "\n".join([*found, advice])


def test_a_new_public_name_is_seen(monkeypatch):
    monkeypatch.setattr(nn.Sequential, "connect", None, raising=False)
    assert any(line.startswith("+Sequential") and " connect " in line for line in nn_public_names.differences())


def test_every_public_method_says_what_it_does():
    """Also one that overrides a method: it has the text of its base class."""
    bare = [
        f"{type(thing).__name__}.{name}"
        for thing in nn_public_names.objects()
        for name in nn_public_names.public_names(thing)
        if callable(getattr(type(thing), name, None)) and not inspect.getdoc(getattr(type(thing), name))
    ]
    assert not bare
