"""Rows that come once are kept: in memory if there is room, otherwise in a temporary file that is deleted."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.sources import open_source
from gaussmix.sources.table import TableSource
from gaussmix.testing import check_source

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((150_000, 3))
X[:70_000] += 5.0
NAMES = ["a", "b", "c"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def batches(rows: np.ndarray, sizes: list[int]) -> Any:
    """A reader of batches of given sizes, in turn."""

    def each() -> Iterator[Any]:
        start, i = 0, 0
        while start < len(rows):
            part = rows[start : start + sizes[i % len(sizes)]]
            yield pa.record_batch([pa.array(part[:, j]) for j in range(3)], names=NAMES)
            start, i = start + len(part), i + 1

    return pa.RecordBatchReader.from_batches(pa.schema(dict.fromkeys(NAMES, pa.float64())), each())


@pytest.mark.parametrize("sizes", [[150_000], [1000], [1, 2048, 70_000], [16_384], [40_001, 3]])
@pytest.mark.parametrize("memory", ["1GB", "2MB"])
def test_batches_of_any_size(temporary: Path, sizes: list[int], memory: str) -> None:
    rows = X[: 9 * len(sizes)] if sizes == [1] else X
    source = open_source(batches(rows, sizes), memory=memory)
    kept = [path for path in temporary.rglob("*") if path.is_file()]
    assert len(kept) == (memory == "2MB")
    check_source(source, rows)
    del source
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_blocks_of_a_file_are_not_copied(temporary: Path) -> None:
    source = open_source(batches(X, [4000]), memory="2MB")
    block = source.parts()[0].read()
    assert not block.X.flags.owndata
    assert not block.X.flags.writeable


def test_the_division_into_parts_does_not_depend_on_memory_or_batches(temporary: Path) -> None:
    rows = np.tile(X, (12, 1))
    sources = [
        open_source(batches(rows, sizes), memory=memory)
        for sizes, memory in (([1000], "50MB"), ([77_777], "1GB"), ([150_000], "60MB"))
    ]
    sizes = [[part.read().n_rows for part in source.parts()] for source in sources]
    assert sizes[1:] == sizes[:-1]


def test_a_file_lives_as_long_as_its_parts(temporary: Path) -> None:
    parts = open_source(batches(X, [4000]), memory="2MB").parts()
    gc.collect()
    assert np.array_equal(parts[0].read().X, X[: parts[0].read().n_rows])
    sent = pickle.loads(pickle.dumps(parts))
    assert np.array_equal(sent[1].read().X, parts[1].read().X)


def test_a_file_is_deleted_after_an_error(temporary: Path) -> None:
    rows = X.copy()
    rows[140_000, 1] = np.inf
    with pytest.raises(ValueError, match=r"the stream, batch 140, row 0, column 'b': the value is inf"):
        open_source(batches(rows, [1000]), memory="2MB")
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_file_is_deleted_at_the_end_of_the_process(temporary: Path) -> None:
    code = (
        "import numpy as np, pyarrow as pa, sys\n"
        "from gaussmix.sources import open_source\n"
        "t = pa.table({'a': np.arange(300_000.0)})\n"
        "source = open_source(t.to_reader(10_000), memory='1MB')\n"
        "import tempfile, os; print(len(os.listdir(tempfile.gettempdir())))\n"
        "sys.exit(3)\n"
    )
    environment = {"TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (3, "1"), done.stderr
    assert list(temporary.iterdir()) == []


def test_bad_rows_are_left_out_of_the_file(temporary: Path) -> None:
    rows = X.copy()
    bad = RNG.choice(len(X), 700, replace=False)
    rows[bad, 2] = np.inf
    source = open_source(batches(rows, [5000]), memory="2MB", on_bad_rows="skip")
    assert source.skipped == {"a bad value in column 'c'": 700}
    check_source(source, np.delete(X, bad, axis=0))


@pytest.mark.parametrize("groups", [150_000, 60_000])
def test_groups_of_rows_past_the_memory_are_read_in_batches(
    temporary: Path, tmp_path: Path, groups: int
) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({name: X[:, j] for j, name in enumerate(NAMES)}), path, row_group_size=groups)
    source = open_source(path, memory="2MB")
    assert isinstance(source, TableSource)
    check_source(source, X)
    assert max(part.read().X.nbytes for part in source.parts()) < 9e6


def test_the_fit_is_that_of_the_array(temporary: Path) -> None:
    options = {"random_state": 0, "search": "off", "max_iter": 10, "tol": 0}
    found = GaussianMixture(2, **options).fit(open_source(batches(X, [9000]), memory="2MB"))
    expected = GaussianMixture(2, **options).fit(X)
    assert np.allclose(found.means_, expected.means_, rtol=1e-10)
    assert np.array_equal(GaussianMixture(2, **options).fit(batches(X, [9000])).means_, expected.means_)


def test_a_full_disk_is_one_sentence(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pa.ipc.RecordBatchFileWriter, "write_batch", full)
    with pytest.raises(OSError, match="its disk is full; free some space, or give another folder"):
        open_source(batches(X, [9000]), memory="2MB")
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "bad",
    [
        pa.table({"a": ["x", "y"]}),
        pa.table({"a": pa.array([[1.0], [2.0]])}),
        pa.table({"t": pa.array([1, 2], pa.timestamp("s"))}),
    ],
)
def test_streams_without_numbers(bad: Any) -> None:
    with pytest.raises(ValueError, match="the stream has no column of numbers"):
        open_source(bad.to_reader())


def test_a_stream_without_rows() -> None:
    with pytest.raises(ValueError, match="the stream has no rows: give at least one"):
        open_source(pa.table({"a": pa.array([], pa.float64())}).to_reader())


def test_a_stream_that_breaks_off(temporary: Path) -> None:
    def each() -> Iterator[Any]:
        yield from batches(X[:100_000], [10_000])
        raise OSError("the connection was lost")

    reader = pa.RecordBatchReader.from_batches(pa.schema(dict.fromkeys(NAMES, pa.float64())), each())
    with pytest.raises(OSError, match="the connection was lost"):
        open_source(reader, memory="2MB")
    gc.collect()
    assert list(temporary.iterdir()) == []
