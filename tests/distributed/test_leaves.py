"""The order of additions, whatever the leaves; objects as bytes; packages that are missing."""

from __future__ import annotations

import pickle
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Full
from gaussmix.distributed import DaskEngine, RayEngine, SparkEngine
from gaussmix.distributed.leaves import leaf_size
from gaussmix.distributed.serialisation import packed, unpacked
from gaussmix.engines import SerialEngine, TreeSum, tree_sum
from gaussmix.errors import MissingDependencyError
from gaussmix.fitting import Problem
from gaussmix.model import Model
from gaussmix.sources import ArraySource


class Term(str):
    """A sum that shows its additions."""

    __slots__ = ()

    def __add__(self, other):
        return Term(f"({self} {other})")


def terms(count):
    return [Term(i) for i in range(count)]


@given(st.integers(1, 300), st.integers(1, 40))
def test_leaves_do_not_change_the_order_of_additions(count, slots):
    size, values = leaf_size(count, slots), terms(count)
    assert size & (size - 1) == 0
    leaves = [tree_sum(values[at : at + size]) for at in range(0, count, size)]
    assert len(leaves) >= min(count, 4 * slots)
    nodes = [tree_sum(leaves[at : at + 16]) for at in range(0, len(leaves), 16)]
    assert tree_sum(nodes) == tree_sum(values)


@given(st.integers(1, 200), st.integers(1, 9), st.randoms())
def test_nodes_of_any_division_join_to_the_same_sum(count, n_tasks, random):
    sums = [TreeSum() for _ in range(n_tasks)]
    for index, value in enumerate(terms(count)):
        random.choice(sums).add(index, value)
    nodes = [node for each in sums for node in each.nodes]
    random.shuffle(nodes)
    total = TreeSum()
    for index, level, value in nodes:
        total.add(index, value, level)
    assert total.result == tree_sum(terms(count))


def test_handles_anywhere_in_an_object():
    held = object()
    data, handles = packed({"a": [held, (1, held)]}, lambda value: "h" if value is held else None)
    assert handles == ["h", "h"]
    assert unpacked(data, ["x", "y"]) == {"a": ["x", (1, "y")]}


def test_functions_of_a_notebook_are_sent_by_value():
    factor = 3
    assert unpacked(packed(lambda x: factor * x)[0])(2) == 6


@pytest.mark.parametrize(
    ("engine", "package", "extra"),
    [(DaskEngine, "dask", "dask"), (RayEngine, "ray", "ray"), (SparkEngine, "pyspark", "spark")],
)
def test_a_package_that_is_missing(engine, package, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        MissingDependencyError, match=rf"needs {package}: pip install \"gaussmix\[{extra}\]\""
    ):
        engine()


@given(st.integers(1, 400), st.integers(1, 30), st.integers(1, 50))
def test_rows_are_counted_where_they_lie(n, kinds, size):
    rng = np.random.default_rng(n)
    rows = rng.integers(kinds, size=(n, 2)).astype(float)
    source = ArraySource(rows, rng.integers(0, 2, n).astype(float), size)

    class Elsewhere:
        def sum(self, function, source):
            return tree_sum(pickle.loads(pickle.dumps(function(part.read()))) for part in source.parts())

    counts = [Problem(source, Model(Full()), engine).row_count for engine in (SerialEngine(), Elsewhere())]
    weights = np.concatenate([part.read().weights for part in source.parts()])
    copies = Counter(map(tuple, rows[weights > 0])).values()
    least = min(copies, default=1)
    whole = all(number % least == 0 for number in copies)
    assert counts == 2 * [sum(copies) / least if whole else len(copies)]
