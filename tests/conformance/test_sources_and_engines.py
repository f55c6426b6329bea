"""Each source against the array, each engine against the serial one."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.blocks import Block
from gaussmix.em import e_step
from gaussmix.engines import SerialEngine, ThreadEngine, TreeSum, tree_sum
from gaussmix.sources import ArraySource, ScaledSource, rows_per_block
from gaussmix.testing import check_engine, check_pool, check_source

RNG = np.random.default_rng(0)
X = RNG.standard_normal((300_001, 2))
WEIGHTS = RNG.uniform(0, 2, len(X))


@pytest.mark.parametrize("n", [1, 2, 4095, 4096, 4097, 140_000, 300_001])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays(n, dtype):
    rows = X[:n].astype(dtype)
    check_source(ArraySource(rows), rows)
    check_source(ArraySource(rows, WEIGHTS[:n]), rows, WEIGHTS[:n])
    check_source(ArraySource(np.asfortranarray(rows)), rows)


@pytest.mark.parametrize("size", [1, 2, 7, 5000, 9999])
def test_blocks_of_a_given_size(size):
    source = ArraySource(X[:5000], WEIGHTS[:5000], size)
    check_source(source, X[:5000], WEIGHTS[:5000])
    assert source.n_blocks == -(-5000 // size)


def test_memory_maps(tmp_path):
    np.save(tmp_path / "rows.npy", X)
    check_source(ArraySource(np.load(tmp_path / "rows.npy", mmap_mode="r")), X)


@pytest.mark.parametrize("powers", [[0, 0], [3, -5], [500, -500]])
def test_scaled(powers):
    rows, weights = X[:5000], WEIGHTS[:5000]
    scaled = ScaledSource(ArraySource(rows * np.exp2(powers), weights), np.array(powers))
    check_source(scaled, rows, weights)


def test_scaled_reaches_the_ends_of_the_range():
    rows = np.array([[2.0**-1000, 2.0**1000], [2.0**-999, 2.0**1001]])
    source = ScaledSource(ArraySource(rows), np.array([-1000, 1000]))
    assert source.block(0).X.tolist() == [[1.0, 1.0], [2.0, 2.0]]


@pytest.mark.parametrize("n", [1, 100, 10_000, 1_000_000, 10**9])
@pytest.mark.parametrize("D", [1, 10, 1000])
def test_blocks_are_a_few_of_a_useful_size(n, D):
    size = rows_per_block(n, D)
    blocks = -(-n // size)
    assert 1 <= blocks <= 64
    assert blocks == 1 or size >= 2048


def test_blocks_are_views():
    source = ArraySource(X)
    assert np.shares_memory(source.block(1).X, X)


def test_a_block_counts_its_rows():
    assert Block(np.zeros((3, 2))).total_weight == 3.0
    assert Block(np.zeros((3, 2)), np.array([0.0, 0.5, 2.0])).total_weight == 2.5
    assert Block(np.zeros((0, 2))).n_rows == 0
    with pytest.raises(AttributeError):
        Block(np.zeros((3, 2))).X = None


@pytest.mark.parametrize("chosen", [slice(1, 3), slice(None), slice(-2, None), np.array([3, 0, 0])])
def test_some_rows_of_a_block_keep_what_is_known_of_them(chosen):
    block = Block(X[:4], WEIGHTS[:4], 100, np.arange(4.0))
    part = block.take(chosen)
    assert (X[:4][chosen] == part.X).all()
    assert (part.weights == WEIGHTS[:4][chosen]).all()
    assert (part.background == np.arange(4.0)[chosen]).all()
    if isinstance(chosen, slice):
        assert part.start == 100 + np.arange(4)[chosen][0]
        assert part.rows == slice(part.start, part.start + part.n_rows)


KNOWN = {
    "variances": RNG.uniform(0.1, 1.0, (5000, 2)),
    "covariances": np.einsum("nij,nkj->nik", *(2 * [RNG.standard_normal((5000, 2, 2))])),
    "labels": RNG.random((5000, 3)) < 0.7,
    "missing values": True,
}
FIELDS = {"variances": "noise", "covariances": "noise", "labels": "allowed", "missing values": "holes"}


def source_that_knows(name, size=700, rows=X[:5000], **known):
    return ArraySource(rows, WEIGHTS[:5000], size, **{FIELDS[name]: KNOWN[name], **known})


@pytest.mark.parametrize("name", KNOWN)
def test_blocks_have_what_is_known_of_their_rows(name):
    source, field = source_that_knows(name), FIELDS[name]
    blocks = [source.block(i) for i in range(source.n_blocks)]
    assert not source.plain
    if field == "holes":
        assert all(block.holes for block in blocks)
    else:
        assert all((getattr(block, field) == KNOWN[name][block.rows]).all() for block in blocks)
    one = source_that_knows(name, 5000).block(0)
    assert one.n_rows == 5000
    assert not one.plain
    check_source(source, X[:5000], WEIGHTS[:5000])


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("powers", [[0, 0], [3, -5], [500, -500], [-480, 1]])
def test_a_scaled_source_knows_the_same_in_its_units(name, powers):
    plain, units = source_that_knows(name).block(1), np.ldexp(1.0, powers)
    known = {}
    if plain.noise is not None:
        known["noise"] = KNOWN[name] * units * (units if plain.noise.ndim == 2 else units[:, None])
    source = source_that_knows(name, rows=X[:5000] * units, **known)
    scaled = ScaledSource(source, np.array(powers))
    block = scaled.block(1)
    assert not scaled.plain
    assert block.holes == plain.holes
    for field in ("X", "weights", "noise", "allowed"):
        assert np.array_equal(getattr(block, field), getattr(plain, field))


def test_a_source_of_complete_exact_unlabelled_rows_is_plain():
    source = ArraySource(X, WEIGHTS)
    assert source.plain
    assert ScaledSource(source, np.array([1, 2])).plain


def test_a_block_in_other_units_has_the_same_responsibilities():
    mixture, factors = (
        Mixture([0.4, 0.6], [[0.0, 1.0], [1.0, 0.0]], [[1.0, 2.0], [2.0, 1.0]]),
        np.array([4.0, 0.5]),
    )
    block = Block(X[:50], WEIGHTS[:50], background=mixture.log_prob(X[:50]) - 1.0)
    scaled = Mixture(
        mixture.weights, mixture.means * factors, mixture.covariances.dense() * np.outer(factors, factors)
    )
    here, there = e_step(mixture.densities, block), e_step(scaled.densities, block.scaled(factors))
    assert np.allclose(there.counts, here.counts, rtol=1e-12)
    assert np.allclose(there.means(), here.means() * factors, rtol=1e-12)


@pytest.mark.parametrize(
    "engine", [SerialEngine(), ThreadEngine(1), ThreadEngine(2), ThreadEngine(7), ThreadEngine()]
)
def test_engines(engine):
    check_engine(engine)
    check_pool(engine)


def test_an_open_thread_engine():
    with ThreadEngine(3) as engine:
        check_engine(engine)
        check_pool(engine)
        check_engine(engine)


class Lossy(ArraySource):
    def block(self, index):
        block = super().block(index)
        return Block(block.X + 1e-9, block.weights)


class Unweighted(ArraySource):
    def block(self, index):
        return Block(super().block(index).X)


class Repeating(ArraySource):
    def take(self, rows):
        return super().take(np.zeros_like(rows))


@pytest.mark.parametrize("kind", [Lossy, Unweighted, Repeating])
def test_a_faulty_source_is_found(kind):
    with pytest.raises(AssertionError, match=r"rows of the blocks|weights of the blocks|take"):
        check_source(kind(X[:100], WEIGHTS[:100]), X[:100], WEIGHTS[:100])


class Backwards:
    def sum(self, function, source):
        parts = [function(source.block(i)) for i in reversed(range(source.n_blocks))]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total


class Swallowing(SerialEngine):
    def sum(self, function, source):
        try:
            return super().sum(function, source)
        except ZeroDivisionError:
            return None


class Forgetting(SerialEngine):
    """Leaves out the last block of more than three."""

    def sum(self, function, source):
        n = source.n_blocks
        return tree_sum(function(source.block(i)) for i in range(n if n < 4 else n - 1))


class Shuffling(SerialEngine):
    def map(self, function, items):
        return [function(item) for item in items][::-1]


class Skipping(SerialEngine):
    def map(self, function, items):
        found = []
        for item in items:
            with suppress(ZeroDivisionError):
                found.append(function(item))
        return found


@pytest.mark.parametrize(
    ("engine", "what"),
    [
        (Backwards(), "differs"),
        (Swallowing(), "does not come through"),
        (Forgetting(), "differs"),
    ],
)
def test_a_faulty_engine_is_found(engine, what):
    with pytest.raises(AssertionError, match=what):
        check_engine(engine)


@pytest.mark.parametrize(("pool", "what"), [(Shuffling(), "map.. of"), (Skipping(), "error in map")])
def test_a_faulty_pool_is_found(pool, what):
    with pytest.raises(AssertionError, match=what):
        check_pool(pool)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 8, 13, 64, 65])
def test_the_tree_is_the_same_in_any_order(count):
    rng = np.random.default_rng(count)
    values = (rng.normal(size=count) * 10.0 ** rng.integers(-8, 8, count)).tolist()
    for _ in range(5):
        total = TreeSum()
        for index in rng.permutation(count):
            total.add(int(index), values[index])
        assert total.result == tree_sum(values)


def test_an_error_in_a_thread_is_the_callers():
    def fails(block):
        raise ZeroDivisionError("on purpose")

    with ThreadEngine(2) as engine, pytest.raises(ZeroDivisionError, match="on purpose"):
        engine.sum(fails, ArraySource(np.zeros((200_000, 2))))


@pytest.mark.parametrize("n_threads", [1, 2, 3, 8])
def test_calls_share_the_threads_and_keep_their_order(n_threads):
    def late(i):
        time.sleep(0.002 * (5 - i % 5))
        return i, threading.get_ident()

    with ThreadEngine(n_threads) as engine:
        found = engine.map(late, range(20))
    assert [i for i, _ in found] == list(range(20))
    assert 1 <= len({thread for _, thread in found}) <= n_threads


def test_an_error_in_a_call_leaves_no_call_behind():
    running = []

    def fails(i):
        running.append(i)
        time.sleep(0.005)
        if i == 1:
            raise ZeroDivisionError("on purpose")
        running.remove(i)

    with ThreadEngine(2) as engine, pytest.raises(ZeroDivisionError, match="on purpose"):
        engine.map(fails, range(50))
    assert running == [1]
