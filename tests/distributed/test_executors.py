"""Errors of the executors of Spark, without a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from gaussmix.distributed.spark_engine import collected
from gaussmix.errors import MissingDependencyError


class Failing:
    """An RDD whose tasks fail."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def collect(self) -> list[Any]:
        """Raise the error of the tasks."""
        raise RuntimeError(f"An exception was thrown from the Python worker:\n{self.trace}")


def test_executors_without_gaussmix_are_one_sentence() -> None:
    with pytest.raises(MissingDependencyError, match=r"set the environment variable PYSPARK_PYTHON .*python"):
        collected(Failing("ModuleNotFoundError: No module named 'gaussmix'"))


def test_other_errors_of_executors_are_raised_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="thrown from the Python worker"):
        collected(Failing("ZeroDivisionError: division by zero"))
