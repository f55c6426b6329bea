"""Arrow's files: Parquet, Feather and IPC with columns of every type, and then damaged."""

from __future__ import annotations

import datetime
import decimal
import io
import random
from collections.abc import Callable
from typing import Any

import mutate
import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import tables

NAMES = ["a", "b", "", "a", "\x1b[2J", "x" * 200, "__index_level_0__", "Größe", "0", "a.b", "\u202e", "=1"]


def _values(n: int) -> dict[str, Callable[[], Any]]:
    numbers = np.arange(n)
    return {
        "double": lambda: pa.array(numbers * 0.5),
        "int8": lambda: pa.array(numbers % 100, pa.int8()),
        "uint64": lambda: pa.array(numbers.astype(np.uint64) + np.uint64(2**63)),
        "half": lambda: pa.array(numbers.astype(np.float16)),
        "bool": lambda: pa.array(numbers % 2 == 0),
        "nulls": lambda: pa.array([None] * n, pa.float64()),
        "some nulls": lambda: pa.array([None if i % 3 else float(i) for i in range(n)]),
        "null": lambda: pa.nulls(n),
        "text": lambda: pa.array([f"t{i}" for i in range(n)]),
        "numbers as text": lambda: pa.array([f"{i}.5" for i in range(n)]),
        "large text": lambda: pa.array(["x"] * n, pa.large_string()),
        "view": lambda: pa.array(["x" * 20] * n, pa.string_view()),
        "binary": lambda: pa.array([b"\0\xff"] * n),
        "decimal": lambda: pa.array([decimal.Decimal(i) / 4 for i in range(n)], pa.decimal128(20, 2)),
        "large decimal": lambda: pa.array([decimal.Decimal(10) ** 60] * n, pa.decimal256(70, 2)),
        "dictionary": lambda: pa.array(["u", "v"] * n)[:n].dictionary_encode(),
        "dictionary of numbers": lambda: pa.array(numbers % 3).dictionary_encode(),
        "list": lambda: pa.array([[1.0, 2.0]] * n),
        "fixed list": lambda: pa.array([[1.0, 2.0]] * n, pa.list_(pa.float64(), 2)),
        "struct": lambda: pa.array([{"p": 1, "q": "x"}] * n),
        "map": lambda: pa.array([[("k", 1)]] * n, pa.map_(pa.string(), pa.int64())),
        "time": lambda: pa.array([datetime.datetime(2020, 1, 1)] * n),
        "date": lambda: pa.array([datetime.date(2020, 1, 1)] * n),
        "duration": lambda: pa.array([datetime.timedelta(days=1)] * n),
        "interval": lambda: pa.array([pa.MonthDayNano([1, 2, 3])] * n),
        "run ends": lambda: (
            pa.RunEndEncodedArray.from_arrays([n], [1.5]) if n else pa.array([], pa.float64())
        ),
        "union": lambda: pa.UnionArray.from_sparse(pa.array([0] * n, pa.int8()), [pa.array(numbers)]),
        "infinite": lambda: pa.array(np.where(numbers == 1, np.inf, 1.0)),
        "nan": lambda: pa.array(np.where(numbers == 1, np.nan, 1.0)),
    }


def _table(rng: random.Random) -> pa.Table:
    n, width = rng.choice((0, 1, 3, 50)), rng.choice((0, 1, 2, 5))
    kinds = _values(n)
    chosen = [kinds[rng.choice(["double", "int8", *kinds])]() for _ in range(width)]
    return pa.Table.from_arrays(chosen, names=[rng.choice(NAMES) for _ in range(width)])


def _parquet(rng: random.Random, table: pa.Table) -> bytes:
    sink = io.BytesIO()
    compression = rng.choice(("snappy", "none", "zstd", "gzip", "brotli", "lz4"))
    pa.parquet.write_table(table, sink, compression=compression, row_group_size=rng.choice((None, 1, 7)))
    return sink.getvalue()


def _feather(rng: random.Random, table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa.feather.write_feather(table, sink, compression=rng.choice(("lz4", "zstd", "uncompressed")))
    return sink.getvalue()


def _stream(rng: random.Random, table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _npy(rng: random.Random, table: pa.Table) -> bytes:
    sink = io.BytesIO()
    shape = rng.choice(((0,), (4,), (4, 3), (0, 3), (3, 0), (2, 2, 2)))
    dtype = rng.choice(("<f8", ">f8", "f4", "i1", "u8", "?", "c16", "U3", "f2", "M8[s]", "i4,f8"))
    np.save(sink, np.zeros(shape, dtype))
    return sink.getvalue()


def _npz(rng: random.Random, table: pa.Table) -> bytes:
    sink = io.BytesIO()
    save = rng.choice((np.savez, np.savez_compressed))
    save(sink, **{name: np.zeros((4, 2)) for name in rng.choice(("a", "ab", ""))})
    return sink.getvalue()


_WRITERS = {
    "parquet": _parquet,
    "feather": _feather,
    "arrow": _feather,
    "arrows": _stream,
    "npy": _npy,
    "npz": _npz,
}


def mutated(rng: random.Random) -> tuple[str, bytes]:
    """Return the suffix and the bytes of a table that is no text."""
    while True:
        suffix = rng.choice(list(_WRITERS))
        try:
            data = _WRITERS[suffix](rng, _table(rng))
        except (pa.ArrowException, ValueError):
            # This kind of file has no room for a type.
            continue
        if rng.random() < 0.7:
            data = mutate.change_bytes(rng, data, [data])
        return suffix, data


use = tables.use
