"""The memory of blocks is used again, but never that of a block that somebody holds."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from gaussmix.engines import ThreadEngine
from gaussmix.sources import open_source
from gaussmix.sources.buffers import Buffers


def place(array: np.ndarray) -> int:
    """The address of an array."""
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_is_used_again(dtype: type) -> None:
    buffers = Buffers()
    array = buffers.array((1000, 3), dtype)
    first, view = place(array), array[500:, 1]
    del array
    assert place(buffers.array((1000, 3), dtype)) != first  # the view holds it
    del view
    assert first in {place(array) for array in [buffers.array((10, 3), dtype) for _ in range(3)]}


def test_arrays_that_are_held_are_apart() -> None:
    buffers = Buffers()
    arrays = [buffers.array((50, 2), np.float64) for _ in range(20)]
    for i, array in enumerate(arrays):
        array[:] = i
    assert [set(np.unique(array)) for array in arrays] == [{float(i)} for i in range(20)]
    assert buffers.array((0, 2), np.float64).shape == (0, 2)


def test_blocks_of_passes_in_threads_are_right(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    X = np.random.default_rng(0).standard_normal((60_000, 2))
    pq.write_table(pa.table({"a": X[:, 0], "b": X[:, 1]}), tmp_path / "rows.parquet", row_group_size=3000)
    source = open_source(tmp_path / "rows.parquet", memory="2MB")
    held = [part.read().X for part in source.parts()]
    expected = X.sum()
    with ThreadEngine(4) as engine:
        for _ in range(10):
            assert engine.sum(lambda block: block.X.sum(), source) == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(np.concatenate(held), X)
    assert len(pickle.dumps(source.parts())) < 50_000
