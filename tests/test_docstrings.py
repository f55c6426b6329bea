"""Public docstrings are whole: one sentence first, each parameter with its type and what it is, results, examples."""

from __future__ import annotations

import inspect
import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

docscrape = pytest.importorskip("numpydoc.docscrape")

sys.path.insert(0, str(Path(__file__).parent))
from public import Public, listed, members  # noqa: E402

LISTED = listed()
EVERYTHING = [
    *LISTED,
    *(member for public in LISTED if isinstance(public.value, type) for member in members(public)),
]
CALLABLES = [each for each in EVERYTHING if callable(each.value)]
NOTHING = (None, "None", inspect.Signature.empty)


def sections(public: Public) -> Any:
    return docscrape.NumpyDocString(public.doc)


def is_described_above(public: Public) -> bool:
    """Whether a base class in gaussmix describes the member already."""
    name = public.name.rpartition(".")[2]
    bases = public.owner.__mro__[1:] if public.owner else ()
    return any(name in vars(base) and base.__module__.startswith("gaussmix") for base in bases)


def parameters(public: Public) -> list[str]:
    """The parameters that a person may give: a protocol and an exception are not made by people."""
    value = public.value
    if isinstance(value, type) and (getattr(value, "_is_protocol", False) or issubclass(value, Exception)):
        return []
    if isinstance(value, type) and getattr(value.__init__, "__module__", "") == "typing":
        return []  # a class derived from a protocol, before the first object of it
    names = [name for name in inspect.signature(value).parameters if name not in ("self", "cls")]
    return [] if is_described_above(public) else names


def faults(public: Public) -> list[str]:
    """What is wrong with the descriptions of the parameters."""
    doc = sections(public)
    fields = ["Attributes"] if is_dataclass(public.value) else []
    described = {
        name.lstrip("*"): (each.type, " ".join(each.desc))
        for section in ("Parameters", *fields)
        for each in doc[section]
        for name in each.name.split(", ")
    }
    names = parameters(public)
    found = [f"{name} is not described" for name in names if name not in described]
    found += [f"{name} is no parameter" for name in described if names and name not in names]
    described |= {each.name: (each.type, " ".join(each.desc)) for each in doc["Attributes"]}
    found += [f"{name} has no type" for name, (kind, _) in described.items() if not kind]
    found += [f"{name} is {text!r}" for name, (_, text) in described.items() if len(text.split()) < 2]
    return found


@pytest.mark.parametrize("public", EVERYTHING, ids=lambda public: public.name)
def test_a_docstring_begins_with_one_sentence(public: Public) -> None:
    summary = [line for line in sections(public)["Summary"] if line]
    assert len(summary) == 1, summary
    assert summary[0].endswith((".", ":")), summary
    assert len(summary[0].split()) > 1


@pytest.mark.parametrize("public", CALLABLES, ids=lambda public: public.name)
def test_every_parameter_is_described(public: Public) -> None:
    assert faults(public) == []


@pytest.mark.parametrize("public", CALLABLES, ids=lambda public: public.name)
def test_what_is_returned_is_described(public: Public) -> None:
    if isinstance(public.value, type) or is_described_above(public):
        return
    doc = sections(public)
    returns = inspect.signature(public.value).return_annotation not in NOTHING
    assert bool(doc["Returns"] or doc["Yields"]) == returns
    assert [each for each in doc["Returns"] if not each.type] == []


@pytest.mark.parametrize("public", LISTED, ids=lambda public: public.name)
def test_there_is_an_example(public: Public) -> None:
    if not (isinstance(public.value, type) and issubclass(public.value, Exception)):
        assert ">>>" in "\n".join(sections(public)["Examples"])


def sound(x: int, rows: int = 1) -> int:
    """Return the sum.

    Parameters
    ----------
    x : int
        Number of components (K).
    rows : int
        Number of rows (n).

    Returns
    -------
    int
        Their sum.
    """
    return x + rows


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Number of components (K).", "K.", "x is 'K.'"),
        ("Number of components (K).", "", "x is ''"),
        ("x : int", "x", "x has no type"),
        ("rows : int", "row : int", "rows is not described"),
        ("x : int", "x, y : int", "y is no parameter"),
        ("rows : int", "rows : int, default=1", None),
    ],
)
def test_a_fault_is_seen(old: str, new: str, fault: str | None) -> None:
    def changed(x: int, rows: int = 1) -> int:
        return sound(x, rows)

    changed.__doc__ = (sound.__doc__ or "").replace(old, new, 1)
    found = faults(Public("changed", changed))
    assert fault in found if fault else found == []
