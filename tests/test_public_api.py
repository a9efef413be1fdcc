"""The public names and signatures are those of the committed list, and each has a place where users find it."""

import importlib

import public_api
import pytest


def test_public_names_and_signatures_are_those_of_the_list():
    found = public_api.differences()
    advice = "If the change is intended, name it in CHANGELOG.md and run: python tests/helpers/public_api.py --write"
    assert not found, "\n".join([*found, advice])


def test_a_changed_signature_and_a_lost_name_are_seen(monkeypatch):
    import convviz.geometry

    monkeypatch.setattr(convviz.geometry, "dense_parameters", lambda inputs, units: None)
    monkeypatch.setattr(convviz.geometry, "__all__", sorted({*convviz.geometry.__all__} - {"receptive_field"}))
    assert public_api.differences()[3:] == [
        "-convviz.geometry.dense_parameters(inputs, units, bias=True)",
        "-convviz.geometry.receptive_field(axes)",
        "+convviz.geometry.dense_parameters(inputs, units)",
    ]


@pytest.mark.parametrize("title", public_api.MODULES)
def test_dir_of_a_public_module_is_its_public_names(title):
    module = importlib.import_module(title)
    examples = module.names() if title == "convviz.examples" else []  # each is an attribute of its own
    assert dir(module) == sorted([*module.__all__, *examples])


UNANNOTATED = {path: public_api.unannotated(function) for path, function in public_api.callables()}


@pytest.mark.parametrize("path", UNANNOTATED)
def test_parameters_and_results_have_annotations(path):
    assert UNANNOTATED[path] == []


def test_a_missing_annotation_is_seen():
    def function(self, a: int, b, *c, d: int = 0, **e) -> None: ...

    assert public_api.unannotated(function) == ["b", "c", "e"]
    assert public_api.unannotated(lambda x: x) == ["x", "return"]
