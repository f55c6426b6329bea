"""The compiled kernel, where it was built, on each instruction set of this processor."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

ABSENT = "the compiled kernel was not built here: install gaussmix where a C++17 compiler is found"


def native_module() -> Any:
    """The compiled module, or None."""
    try:
        return importlib.import_module("gaussmix.kernels._native")
    except ImportError:
        return None


@pytest.fixture
def native() -> ModuleType:
    """The compiled module as the library uses it."""
    module = native_module()
    if module is None:
        pytest.skip(ABSENT)
    return module  # type: ignore[no-any-return]


def sets() -> list[str]:
    """The instruction sets of this processor; one name that is skipped where there is no compiled kernel."""
    module = native_module()
    return ["absent"] if module is None else list(module.instruction_sets())


@pytest.fixture(params=sets())
def on_each_set(request: pytest.FixtureRequest, native: ModuleType) -> Iterator[ModuleType]:
    """The compiled module held to one instruction set after the other; the one it had chosen stands again after."""
    before = native.instruction_set()
    native.use(request.param)
    yield native
    native.use(before)
