"""Conformance checks of sources against a table, and of engines and task pools against the serial engine."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from .._types import Floats, Rows
from ..blocks import Block
from ..em import e_step
from ..engines import Engine, SerialEngine, TaskPool
from ..mixture import Mixture
from ..sources import ArraySource, Source
from .compare import close, true

__all__ = ["check_engine", "check_pool", "check_source"]


def check_source(source: Source, X: Rows, weights: Floats | None = None) -> None:
    """Check a source against its table.

    Parameters
    ----------
    source : Source
        The source to check.
    X : (n, D) array
        The rows that it should give.
    weights : (n,) array or None
        Their weights.

    Raises
    ------
    AssertionError
        If a block or a row differs; the message says which.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.testing import check_source
    >>> X = np.arange(6.0).reshape(3, 2)
    >>> check_source(ArraySource(X), X)
    """
    D = X.shape[1]
    expected = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=np.float64)
    true(source.n_features == D, f"the source has {source.n_features} columns")
    true(source.n_rows in (None, len(X)), f"the source has {source.n_rows} rows")
    true(len(source.parts()) >= 1, "there is no part")
    for _ in range(2):  # It is read in every iteration.
        _check_blocks(source, [part.read() for part in source.parts()], X, expected)
    sent = pickle.loads(pickle.dumps(list(source.parts())))
    _check_blocks(source, [part.read() for part in sent], X, expected)


def _check_blocks(source: Source, blocks: Sequence[Block], X: Rows, weights: Floats) -> None:
    rows = np.concatenate([block.X for block in blocks])
    true(rows.shape == X.shape, f"the rows of the blocks have the shape {rows.shape}")
    true(bool((np.isnan(rows) == np.isnan(X)).all()), "a value is missing in the blocks that the table has")
    close(
        np.nan_to_num(rows, posinf=np.inf, neginf=-np.inf),
        np.nan_to_num(X, posinf=np.inf, neginf=-np.inf),
        0.0,
        "the rows of the blocks",
    )
    found = [np.ones(block.n_rows) if block.weights is None else block.weights for block in blocks]
    close(np.concatenate(found), weights, 0.0, "the weights of the blocks")
    starts = [block.start for block in blocks]
    ends = np.cumsum([0, *(block.n_rows for block in blocks)])
    known = source.n_rows is not None
    true(
        starts == ends[:-1].tolist() if known else len(set(starts)) == len(starts),
        "a block has a wrong start",
    )
    true(
        all(block.X.dtype in (np.float32, np.float64) for block in blocks),
        "a block is neither float32 nor float64",
    )
    true(source.plain == all(block.plain for block in blocks), f"plain is {source.plain}, against the blocks")
    holes = any(block.holes for block in blocks)
    true(holes or not np.isnan(X).any(), "the rows have missing values, and no block has holes")


def check_engine(engine: Engine, n_rows: int = 300_000) -> None:
    """Check an engine against the serial one: the same sums, to the last bit, and errors of blocks raised.

    Parameters
    ----------
    engine : Engine
        The engine to check.
    n_rows : int, default=300000
        Size of the table: several blocks, in a number that is no power of two.

    Raises
    ------
    AssertionError
        If a sum differs; the message says which.

    Examples
    --------
    >>> from gaussmix.engines import ThreadEngine
    >>> from gaussmix.testing import check_engine
    >>> check_engine(ThreadEngine(2))
    """
    rng = np.random.default_rng(0)
    X, weights = rng.standard_normal((n_rows, 2)), rng.uniform(0.0, 2.0, n_rows)
    mixture = Mixture([0.3, 0.7], [[-1.0, 0.0], [1.0, 0.5]], [1.0, 2.0], family=None)
    blocks = (None, n_rows // 7 + 1, n_rows)  # as many as there are, seven, and one
    for source in (*(ArraySource(X, weights, size) for size in blocks), ArraySource(X[:10], None, 3)):
        expected = SerialEngine().sum(partial(e_step, mixture.densities), source)
        found = engine.sum(partial(e_step, mixture.densities), source)
        for name in ("counts", "first", "second", "log_likelihood", "map_entropy", "total_weight"):
            same = np.array_equal(getattr(found, name), getattr(expected, name))
            true(same, f"{name} differs from the serial engine's on {len(source.parts())} blocks")
    for failing in (0, 150_000 % n_rows):
        _check_error(engine, ArraySource(X), partial(_fail, failing))


def _fail(row: int, block: Block) -> float:
    if block.start <= row < block.start + block.n_rows:
        raise ZeroDivisionError(f"in the block of row {row}")
    return 0.0


def _check_error(engine: Engine, source: Source, function: Callable[[Block], float]) -> None:
    try:
        engine.sum(function, source)
    except ZeroDivisionError:
        return
    raise AssertionError("An error in a block does not come through.")


def check_pool(pool: TaskPool) -> None:
    """Check a task pool: the values of calls in the order of the items, calls within calls, and errors raised.

    Parameters
    ----------
    pool : TaskPool
        The pool to check.

    Raises
    ------
    AssertionError
        If a value differs or an error is lost; the message says which.

    Examples
    --------
    >>> from gaussmix.engines import ThreadEngine
    >>> from gaussmix.testing import check_pool
    >>> check_pool(ThreadEngine(2))
    """
    for count in (0, 1, 2, 37):
        items = list(range(count))
        found = pool.map(_square, items)
        true(found == [i * i for i in items], f"map() of {count} things gives {found}")
    # A search maps trials of which each one may ask for sums.
    nested = pool.map(lambda width: pool.map(_square, range(width)), [3, 0, 2])
    true(nested == [[0, 1, 4], [], [0, 1]], f"map() within map() gives {nested}")
    try:
        pool.map(_inverse, [1, 2, 0, 3])
    except ZeroDivisionError:
        return
    raise AssertionError("An error in map() does not come through.")


def _square(i: int) -> int:
    return i * i


def _inverse(i: int) -> float:
    return 1 / i
