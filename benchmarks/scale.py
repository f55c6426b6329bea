"""Rows past memory: the time of a pass and the peak memory of fits from files, beside the same rows in memory.

``make bench-scale FOLDER=...`` writes a Parquet file of 2e7 rows x 10 columns of float32 there, unless it is there
already, and prints a line for each measurement, and those of docs/scale.md. In ``ARGS``, ``--rows 1e8`` and
``--columns``, ``--components`` change the table, whose rows beyond ``--distinct`` repeat the first ones.
``--postgresql ADDRESS`` also fits 1e6 rows of a database, written into its table ``gaussmix_scale``; ``--kinds``
``generator`` fits rows that a generator computes, and no file: ``--rows 4e7 --columns 64 --components 10``.

Each measurement is made in a process of its own. The peak is that of its resident memory (VmHWM), less what Python and
the libraries need before the first row; pages of a mapped file count, although the system can take them back. A further
line has the memory without them. Times are medians over iterations of EM without a search, from given means. "scan"
reads the same columns by pyarrow alone, the groups of rows in as many threads.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.engines import available_threads
from gaussmix.sources import Query, open_source

GROUP, BATCH = 1_000_000, 1 << 16


def true_mixture(D: int, K: int) -> Mixture:
    """Return the mixture of the rows."""
    return datasets.random_mixture(K, D, random_state=0)


def write(path: Path, n: int, D: int, K: int, distinct: int) -> None:
    """Write n rows to a Parquet file, in groups of a million; rows beyond the distinct ones repeat them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema({f"x{j}": pa.float32() for j in range(D)})
    draft = path.with_suffix(".draft")
    with pq.ParquetWriter(draft, schema) as writer:
        for start in range(0, n, GROUP):
            size = min(GROUP, n - start)
            if n > distinct:
                writer.write_table(
                    table_of(path.parent, distinct, D, K).read_row_group(start % distinct // GROUP)[:size]
                )
                continue
            X = true_mixture(D, K).sample(size, random_state=start)[0].astype(np.float32)
            writer.write_table(pa.table({f"x{j}": np.ascontiguousarray(X[:, j]) for j in range(D)}))
    draft.rename(path)


def table_of(folder: Path, n: int, D: int, K: int, distinct: int = 0) -> Any:
    """Return the open file of n rows in a folder, written if it is not there."""
    import pyarrow.parquet as pq

    path = folder / f"scale-{n}-{D}.parquet"
    if not path.exists():
        write(path, n, D, K, distinct or n)
    return pq.ParquetFile(path)


def without_dictionaries(path: Path) -> Path:
    """Return a copy of a file whose values are not in dictionaries, which pyarrow writes unless told otherwise."""
    import pyarrow.parquet as pq

    copy, file = path.with_stem(f"{path.stem}-plain"), pq.ParquetFile(path)
    if not copy.exists():
        with pq.ParquetWriter(copy, file.schema_arrow, use_dictionary=False) as writer:
            for number in range(file.num_row_groups):
                writer.write_table(file.read_row_group(number))
    return copy


def peak() -> int:
    """Return the largest resident memory of this process so far, in bytes."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def in_memory(path: Path) -> np.ndarray:
    """Return the rows of a Parquet file as an array."""
    import pyarrow.parquet as pq

    file, start = pq.ParquetFile(path), 0
    X = np.empty((file.metadata.num_rows, file.metadata.num_columns), dtype=np.float32)
    for group in range(file.num_row_groups):
        table = file.read_row_group(group)
        for j in range(table.num_columns):
            X[start : start + len(table), j] = table.column(j)
        start += len(table)
    return X


class Memory(threading.Thread):
    """Watches the resident memory of this process without the pages of mapped files."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0

    def run(self) -> None:
        """Look at the memory twenty times a second."""
        while True:
            status = Path("/proc/self/status").read_text()
            held = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))
            self.most = max(self.most, held * 1024)
            time.sleep(0.05)


class Watch:
    """Takes the times of iterations."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.processor: list[float] = []

    def __call__(self, step: Any) -> bool:
        self.wall.append(time.perf_counter())
        self.processor.append(time.process_time())
        return False

    @property
    def iteration(self) -> dict[str, float]:
        """Median seconds of an iteration, by the clock and of the processors."""
        return {
            "seconds": float(np.median(np.diff(self.wall))),
            "processor_seconds": float(np.median(np.diff(self.processor))),
        }


def fitted(rows: Callable[[], Any], D: int, K: int, iterations: int) -> dict[str, Any]:
    """Return the times of iterations, the memory above that before, and the means of a fit."""
    GaussianMixture(1, search="off").fit(np.random.default_rng(0).random((100, 2)))
    means, before, watch = true_mixture(D, K).means, peak(), Watch()
    began, processor = time.perf_counter(), time.process_time()
    memory = Memory()
    memory.start()
    X = rows()
    model = GaussianMixture(
        K, means_init=means, search="off", tol=0, max_iter=iterations, callbacks=[watch], random_state=0
    )
    model.fit(X)
    whole = time.perf_counter() - began
    return {
        **watch.iteration,
        "fit_seconds": whole,
        "opened_processor_seconds": watch.processor[0] - processor,
        "peak": peak() - before,
        "all": peak(),
        "own": memory.most,
        "means": model.means_.tolist(),
    }


def scanned(path: Path) -> dict[str, Any]:
    """Return the time of a pass of pyarrow over the file."""
    import pyarrow.parquet as pq

    def read(group: int) -> int:
        return int(pq.ParquetFile(path).read_row_group(group, use_threads=False).nbytes)

    times = []
    for _ in range(3):
        began, processor = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(available_threads()) as pool:
            size = sum(pool.map(read, range(pq.ParquetFile(path).num_row_groups)))
        times.append((time.perf_counter() - began, time.process_time() - processor))
    wall, cpu = np.median(times, axis=0)
    return {"seconds": float(wall), "processor_seconds": float(cpu), "bytes": size}


def measured(kind: str, path: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the result of one measurement."""
    D, K, memory = arguments.columns, arguments.components, arguments.memory
    if kind == "scan":
        return scanned(path)
    sources: dict[str, Callable[[], Any]] = {
        "memory": lambda: in_memory(path),
        "parquet": lambda: open_source(path, memory=memory),
        "stream": lambda: open_source(stream(path), memory=memory),
        "generator": lambda: open_source(generated(int(float(arguments.rows)), D, K), memory=memory),
        "postgresql": lambda: open_source(
            Query("select * from gaussmix_scale", arguments.postgresql), memory=memory
        ),
    }
    return fitted(sources[kind], D, K, arguments.iterations)


def stream(path: Path) -> Any:
    """Return the file as a stream of record batches, which is read once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path, pre_buffer=False)
    return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(1 << 16))


def generated(n: int, D: int, K: int) -> Any:
    """Return a stream of record batches of n rows, computed as they are read."""
    import pyarrow as pa

    means = true_mixture(D, K).means.astype(np.float32)
    schema = pa.schema({f"x{j}": pa.float32() for j in range(D)})

    def batches() -> Iterator[Any]:
        rng = np.random.default_rng(0)
        for start in range(0, n, BATCH):
            labels = rng.integers(K, size=min(BATCH, n - start))
            X = (means[labels] + rng.standard_normal((len(labels), D), np.float32)).T.copy()
            yield pa.record_batch([pa.array(column) for column in X], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def fill_database(path: Path, address: str) -> None:
    """Write the rows of a file to the table of a database."""
    import adbc_driver_postgresql.dbapi as dbapi
    import pyarrow.parquet as pq

    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("gaussmix_scale", pq.ParquetFile(path).iter_batches(), mode="replace")
        connection.commit()


def apart(kind: str, path: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the result of a measurement in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.scale", str(path.parent), "--one", kind, "--file", path.name]
    for name in ("rows", "columns", "components", "iterations", "memory", "postgresql"):
        words += [f"--{name}", str(getattr(arguments, name))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def show(name: str, n: int, D: int, found: dict[str, Any]) -> None:
    """Print a line."""
    size = n * D * 4
    line = f"{name:24} {n:>11,} rows {found['seconds']:7.3f} s a pass,"
    line += f" {found['processor_seconds']:7.3f} s of processors"
    line += f" {size / found['seconds'] / 1e9:5.2f} GB/s"
    if "peak" in found:
        line += f", {found['peak'] / 1e6:6.0f} MB above the start ({found['all'] / 1e6:.0f} MB in all)"
    print(line, flush=True)
    if "fit_seconds" in found:
        spent = found["opened_processor_seconds"]
        print(
            f"  the fit: {found['fit_seconds']:.1f} s; of processors before the first iteration: {spent:.1f} s"
        )
        print(f"  memory without the pages of mapped files: {found['own'] / 1e6:.0f} MB")


def page_line(n: int, D: int, found: dict[str, Any]) -> None:
    """Print a line of the table in docs/scale.md."""
    times = f"{found['processor_seconds']:.2f} s | {found['seconds']:.2f} s"
    print(f"| {n:,} × {D} | {times} | {found['all'] / 1e6:.0f} MB |", flush=True)


def beside_memory(found: dict[str, Any], memory: dict[str, Any]) -> None:
    """Print the speed of a file beside that of its rows in memory."""
    ratio = memory["processor_seconds"] / found["processor_seconds"]
    error = np.abs(np.subtract(memory["means"], found["means"])).max()
    print(f"  speed of the file relative to memory: {ratio:.0%} (processors); means differ by {error:.1e}")


def compare(arguments: argparse.Namespace) -> None:
    """Make all measurements."""
    n, D, K = int(float(arguments.rows)), arguments.columns, arguments.components
    folder = Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    print(
        f"{D} columns of float32, {K} full covariances, {available_threads()} threads, memory={arguments.memory}"
    )
    if arguments.kinds == "generator":
        show("generator", n, D, apart("generator", folder / "no file", arguments))
        return
    held: dict[str, Any] = {}
    for rows in sorted({min(n, 1_000_000), min(n, 5_000_000), n}):
        table_of(folder, rows, D, K, int(float(arguments.distinct)))
        path = folder / f"scale-{rows}-{D}.parquet"
        for kind in arguments.kinds.split(","):
            if kind == "memory" and rows * D * 4 > 4e9:
                continue
            plain = kind == "plain"
            found = (
                apart("parquet", without_dictionaries(path), arguments)
                if plain
                else apart(kind, path, arguments)
            )
            show(kind, rows, D, found)
            held[kind] = found
            if kind in ("parquet", "plain"):
                page_line(rows, D, found)
                if "memory" in held:
                    beside_memory(found, held["memory"])
    if arguments.postgresql:
        path = folder / f"scale-{min(n, 1_000_000)}-{D}.parquet"
        fill_database(path, arguments.postgresql)
        found, inside = (apart(kind, path, arguments) for kind in ("postgresql", "memory"))
        show("postgresql", min(n, 1_000_000), D, found)
        print(f"  means differ by {np.abs(np.subtract(found['means'], inside['means'])).max():.1e}")


def main() -> None:
    """Run the measurements, or one of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where the files are, or are written")
    parser.add_argument("--rows", default="2e7")
    parser.add_argument("--distinct", default="2e7", help="rows of a larger file repeat so many of them")
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--components", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--memory", default="500MB")
    parser.add_argument("--kinds", default="memory,parquet,plain,stream,scan")
    parser.add_argument("--postgresql", default="", metavar="ADDRESS")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        path = Path(arguments.folder) / arguments.file
        print(json.dumps(measured(arguments.one, path, arguments)))
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
