"""scikit-learn's own tests, copied so that they can be collected and marked here."""

from __future__ import annotations

import types
from collections.abc import Callable, Container, Mapping
from typing import Any

import pytest

__all__ = ["copied_tests"]


def with_listed_values(mark: pytest.Mark) -> pytest.Mark:
    """Return a mark whose parameters are a list: pytest takes no generator."""
    if mark.name != "parametrize":
        return mark
    names, values = mark.args
    return pytest.mark.parametrize(names, list(values), **mark.kwargs).mark


def copied(test: Any) -> Any:
    """Return a test function with marks of its own."""
    copy = types.FunctionType(
        test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__
    )
    copy.__doc__, copy.__kwdefaults__ = test.__doc__, test.__kwdefaults__
    copy.pytestmark = [with_listed_values(mark) for mark in getattr(test, "pytestmark", [])]  # type: ignore[attr-defined]
    return copy


def copied_tests(
    module: types.ModuleType, estimator: str, differences: Mapping[str, str], loose: Container[str] = ()
) -> dict[str, Callable[..., Any]]:
    """Return the tests of a module that use an estimator, those with a difference marked as expected to fail.

    Their tests of functions that our class does not have would say nothing about it.

    Parameters
    ----------
    module : module
        Of scikit-learn's tests.
    estimator : str
        Name of the class.
    differences : mapping
        Reasons of failures by the names of tests.
    loose : container of str
        Reasons for which a test may also pass.
    """
    tests = {
        name: copied(test)
        for name, test in vars(module).items()
        if name.startswith("test_") and estimator in test.__code__.co_names
    }
    for name in differences.keys() & tests.keys():
        reason = differences[name]
        tests[name].pytestmark.append(pytest.mark.xfail(reason=reason, strict=reason not in loose).mark)
    return tests
