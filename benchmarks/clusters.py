"""Engines of clusters on this machine, with two workers: rows and bytes a second, beside Spark MLlib's mixture.

``python -m benchmarks.clusters [--engines threads,dask,ray,spark,mllib] [--rows 1000000]``: all on the same rows from
the same kind of start. Times are those of processors, of this process and all that it starts, so that other work on
the machine matters little; a pass is the median from one iteration of EM to the next. ``--wide`` fits 200 columns,
where the densities of MLlib underflow; ``--messages`` shows what a leaf of the tree of additions sends, ``--overheads``
the time of the client for each part; ``--model`` compares docs/scale.md's model of cost with passes at three sizes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pickle
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gaussmix import GaussianMixture, Mixture
from gaussmix.sources import open_source

SETTINGS = {
    "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.memory": "6g",
    "spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1", "spark.rpc.message.maxSize": "1024",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}  # fmt: skip


def table(n: int, D: int, K: int, spread: float = 3.0) -> tuple[Any, Any]:
    """Rows of K overlapping clusters, and their clusters."""
    rng = np.random.default_rng(0)
    means, labels = rng.normal(0.0, spread, (K, D)), rng.integers(K, size=n)
    return means[labels] + rng.standard_normal((n, D)), labels


def frame_of(X: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


@contextlib.contextmanager
def on_threads(X: Any) -> Iterator[Any]:
    yield X


@contextlib.contextmanager
def on_dask(X: Any) -> Iterator[Any]:
    import dask.array as da

    from distributed import Client, LocalCluster, wait

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster):
        array = da.from_array(X, chunks=(-(-len(X) // 16), X.shape[1])).persist()
        wait(array)
        yield array


@contextlib.contextmanager
def on_ray(X: Any) -> Iterator[Any]:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    parts = np.array_split(np.arange(len(X)), 16)
    yield ray.data.from_pandas([frame_of(X[part]) for part in parts])
    ray.shutdown()


def spark_session() -> Any:
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


@contextlib.contextmanager
def on_spark(X: Any) -> Iterator[Any]:
    yield spark_session().createDataFrame(frame_of(X)).coalesce(2).cache()


PLACES: dict[str, Callable[[Any], Any]] = {
    "threads": on_threads,
    "dask": on_dask,
    "ray": on_ray,
    "spark": on_spark,
}


def start_of(X: Any, K: int) -> Mixture:
    rng = np.random.default_rng(1)
    return Mixture(
        np.full(K, 1.0 / K), X[rng.choice(len(X), K, replace=False)], np.tile(np.cov(X.T), (K, 1, 1))
    )


def processor_seconds() -> float:
    """Processor time of this process and of all that it has started."""
    import psutil

    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def seconds_a_pass(rows: Any, start: Mixture, iterations: int = 8) -> tuple[float, GaussianMixture]:
    """The median processor time from one iteration to the next, and the fit."""
    times: list[float] = []
    model = GaussianMixture(
        start.n_components, weights_init=start.weights, means_init=start.means, search="off", tol=0,
        precisions_init=start.covariances.precisions(), max_iter=iterations, acceleration="off",
        callbacks=lambda step: times.append(processor_seconds()),
    ).fit(open_source(rows) if not isinstance(rows, np.ndarray) else rows)  # fmt: skip
    return float(np.median(np.diff(times))), model


def mllib(X: Any, K: int, iterations: int = 4) -> tuple[float, Any, Any]:
    """Processor time of an iteration of Spark MLlib, its model and its data frame."""
    from pyspark.ml.clustering import GaussianMixture as Theirs
    from pyspark.ml.feature import VectorAssembler

    names = [f"x{j}" for j in range(X.shape[1])]
    frame = spark_session().createDataFrame(frame_of(X)).coalesce(2)
    rows = VectorAssembler(inputCols=names, outputCol="features").transform(frame).select("features").cache()
    rows.count()
    spent = []
    for most in (1, 1, 1 + iterations):  # the first warms the virtual machine
        begin = processor_seconds()
        model = Theirs(k=K, tol=0.0, maxIter=most, seed=0).fit(rows)
        spent.append(processor_seconds() - begin)
    return (spent[2] - spent[1]) / iterations, model, rows


def speeds(engines: list[str], n: int, D: int = 10, K: int = 20) -> None:
    X, _ = table(n, D, K)
    start = start_of(X, K)
    print(f"{n} rows of {D} columns, {K} components, {X.nbytes / 1e6:.0f} MB")
    passes: dict[str, float] = {}
    for name in engines:
        if name == "mllib":
            passes[name] = mllib(X, K)[0]
        else:
            with PLACES[name](X) as rows:
                seconds_a_pass(rows, start)  # warms the virtual machine, as that of MLlib is
                passes[name] = seconds_a_pass(rows, start)[0]
        print(
            f"{name:8} {passes[name]:8.3f} s of processor time a pass {n / passes[name] / 1e6:8.2f} million rows/s "
            f"{X.nbytes / passes[name] / 1e6:8.0f} MB/s for each processor",
            flush=True,
        )
    if {"spark", "mllib"} <= set(passes):
        print(
            f"Spark MLlib takes {passes['mllib'] / passes['spark']:.1f} times the processor time of our engine on Spark"
        )


def purity(found: Any, labels: Any) -> float:
    """The fraction of rows in the largest class of their component."""
    counts = np.zeros((found.max() + 1, labels.max() + 1))
    np.add.at(counts, (found, labels), 1)
    return float(counts.max(axis=1).sum() / len(labels))


def wide(n: int = 20_000, D: int = 200, K: int = 5) -> None:
    X, labels = table(n, D, K, spread=1.0)
    _, theirs, rows = mllib(X, K, iterations=10)
    found = np.array([row.prediction for row in theirs.transform(rows).select("prediction").collect()])
    print(f"{n} rows of {D} columns, {K} clusters")
    print(f"MLlib  purity {purity(found, labels):.3f}, log-likelihood {theirs.summary.logLikelihood:.1f}")
    frame = spark_session().createDataFrame(frame_of(X))
    ours = GaussianMixture(K, random_state=0).fit(frame)
    found = ours.mixture_.predict(X)
    print(f"ours   purity {purity(found, labels):.3f}, log-likelihood {ours.score(X) * n:.1f}")


def messages() -> None:
    """Sizes of the moments of one leaf as they are sent, and the times to pack, unpack and add them."""
    from gaussmix.frames import FullFrame
    from gaussmix.moments import Moments

    for K, D in ((20, 10), (100, 50), (1000, 100)):
        second = np.random.default_rng(0).random((K, D, D))
        moments = Moments(
            FullFrame(), np.zeros((K, D)), np.ones(K), np.ones((K, D)), second + second.swapaxes(1, 2)
        )
        begin = time.process_time()
        data = pickle.dumps(moments, protocol=5)
        packed = time.process_time()
        other = pickle.loads(data)
        unpacked = time.process_time()
        _ = moments + other
        added = time.process_time()
        print(
            f"K = {K:4}, D = {D:3}: {len(data) / 1e6:7.3f} MB, packed in {1e3 * (packed - begin):6.1f} ms, "
            f"unpacked in {1e3 * (unpacked - packed):6.1f} ms, added in {1e3 * (added - unpacked):6.1f} ms"
        )


def model_of_cost(sizes: tuple[int, ...] = (100_000, 300_000, 1_000_000), D: int = 10, K: int = 20) -> None:
    """Fit t = a + b n to the smallest and the largest table, and predict the one between."""
    for name in ("threads", "dask"):
        spent = []
        for n in sizes:
            X, _ = table(n, D, K)
            with PLACES[name](X) as rows:
                spent.append(seconds_a_pass(rows, start_of(X, K))[0])
        b = (spent[-1] - spent[0]) / (sizes[-1] - sizes[0])
        a = spent[0] - b * sizes[0]
        predicted = a + b * sizes[1]
        print(
            f"{name:8} {1e3 * a:7.1f} ms + {1e6 * b:6.3f} s for each million rows; of {sizes[1]} rows "
            f"{predicted:.3f} s are predicted and {spent[1]:.3f} s measured"
        )


def overheads(counts: tuple[int, int] = (200, 1000)) -> None:
    """Processor time of the client, and of Dask's scheduler beside it, for each part of a pass."""
    from gaussmix.distributed import DaskEngine, RayEngine
    from gaussmix.sources import ArraySource

    X = np.zeros((counts[1], 10))
    for name, engine_of in (("dask", DaskEngine), ("ray", RayEngine)):
        with PLACES[name](X):
            engine, spent = engine_of(), []
            for count in counts:
                source = ArraySource(X[:count], rows_per_block=1)
                engine.sum(_total_weight, source)  # sends the rows
                begin = time.process_time()
                engine.sum(_total_weight, source)
                spent.append(time.process_time() - begin)
            each = (spent[1] - spent[0]) / (counts[1] - counts[0])
            print(
                f"{name:8} {1e3 * each:.2f} ms for each part, {1e3 * (spent[0] - each * counts[0]):.0f} ms for a pass"
            )


def _total_weight(block: Any) -> float:
    return float(block.total_weight)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", default="threads,dask,ray,spark,mllib")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--messages", action="store_true")
    parser.add_argument("--overheads", action="store_true")
    parser.add_argument("--model", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.wide:
        wide()
    elif options.messages:
        messages()
    elif options.overheads:
        overheads()
    elif options.model:
        model_of_cost()
    else:
        speeds(options.engines.split(","), options.rows)


if __name__ == "__main__":
    main()
