"""The types of the compiled kernel, which `make stub` writes, are those of the module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

STUB = Path(__file__).resolve().parents[2] / "src" / "gaussmix" / "kernels" / "_native.pyi"


def definitions(text: str) -> list[str]:
    """The statements of a stub, whatever their layout."""
    return [ast.unparse(node) for node in ast.parse(text).body]


@pytest.fixture(scope="module")
def native():
    return pytest.importorskip("gaussmix.kernels._native")


def generated(module) -> str:
    stubgen = pytest.importorskip("nanobind.stubgen")
    generator = stubgen.StubGen(module)
    generator.put(module)
    return generator.get()


def test_the_stub_is_that_of_the_module(native):
    assert definitions(STUB.read_text(encoding="utf-8")) == definitions(generated(native)), (
        "run 'make stub' and commit what it writes"
    )


def test_every_function_of_the_module_is_in_the_stub(native):
    written = {
        node.name for node in ast.parse(STUB.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    }
    assert written == {name for name in dir(native) if not name.startswith("_")}


@pytest.mark.parametrize(
    "change",
    [
        ("iterations: int", "iterations: float"),
        ("iterations: int", "steps: int"),
        ("full: bool", "full: int"),
        ("-> bool: ...", "-> int: ..."),
        ("-> list[str]: ...", "-> list[int]: ..."),
    ],
)
def test_a_difference_is_seen(native, change):
    text = generated(native)
    assert change[0] in text
    assert definitions(text.replace(*change)) != definitions(text)


def test_the_layout_of_lines_does_not_matter():
    assert definitions("def f(a: int) -> None: ...") == definitions("def f(\n    a: int,\n) -> None: ...\n")
