"""Each source against the array, each engine against the serial one."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
from gaussmix.blocks import Block
from gaussmix.em import e_step
from gaussmix.engines import (
    SerialEngine,
    ThreadEngine,
    TreeSum,
    all_rows,
    column_range,
    count_rows,
    tree_sum,
)
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.options import plan_of
from gaussmix.frames import FullFrame
from gaussmix.sources import ArrayPart, ArraySource, ScaledSource, first_rows, rows_per_block
from gaussmix.starts import WhiteningTransform
from gaussmix.starts.draw import draw_distinct
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
    assert len(source.parts()) == -(-5000 // size)


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
    assert source.parts()[0].read().X.tolist() == [[1.0, 1.0], [2.0, 2.0]]


@pytest.mark.parametrize("n", [1, 100, 10_000, 1_000_000, 10**9])
@pytest.mark.parametrize("D", [1, 10, 1000])
def test_blocks_are_a_few_of_a_useful_size(n, D):
    size = rows_per_block(n, D)
    blocks = -(-n // size)
    assert 1 <= blocks <= 64
    assert blocks == 1 or size >= 2048


def test_blocks_are_views():
    source = ArraySource(X)
    assert np.shares_memory(source.parts()[1].read().X, X)


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
    blocks = [part.read() for part in source.parts()]
    assert not source.plain
    if field == "holes":
        assert all(block.holes for block in blocks)
    else:
        assert all((getattr(block, field) == KNOWN[name][block.rows]).all() for block in blocks)
    one = source_that_knows(name, 5000).parts()[0].read()
    assert one.n_rows == 5000
    assert not one.plain
    check_source(source, X[:5000], WEIGHTS[:5000])


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("powers", [[0, 0], [3, -5], [500, -500], [-480, 1]])
def test_a_scaled_source_knows_the_same_in_its_units(name, powers):
    plain, units = source_that_knows(name).parts()[1].read(), np.ldexp(1.0, powers)
    known = {}
    if plain.noise is not None:
        known["noise"] = KNOWN[name] * units * (units if plain.noise.ndim == 2 else units[:, None])
    source = source_that_knows(name, rows=X[:5000] * units, **known)
    scaled = ScaledSource(source, np.array(powers))
    block = scaled.parts()[1].read()
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


def changed(change, X, weights):
    """A source in blocks of 30 rows, each changed."""

    class Changed(ArraySource):
        def parts(self):
            return [ArrayPart(change(part.read())) for part in super().parts()]

    return Changed(X, weights, 30)


FAULTS = {
    "other rows": lambda block: replace(block, X=block.X + 1e-9),
    "no weights": lambda block: replace(block, weights=None),
    "rows left out": lambda block: block.take(slice(0, 29)),
    "one start": lambda block: replace(block, start=0),
    "labels of a plain source": lambda block: replace(block, allowed=np.ones((block.n_rows, 2), bool)),
    "whole numbers": lambda block: replace(block, X=block.X.astype(int)),
}


@pytest.mark.parametrize("change", FAULTS.values(), ids=FAULTS)
def test_a_faulty_source_is_found(change):
    rows = np.arange(200.0).reshape(100, 2)
    check_source(changed(lambda block: block, rows, WEIGHTS[:100]), rows, WEIGHTS[:100])
    with pytest.raises(AssertionError, match=r"of the blocks|a block|plain"):
        check_source(changed(change, rows, WEIGHTS[:100]), rows, WEIGHTS[:100])


def test_a_source_whose_parts_cannot_be_sent_is_found():
    class Held(ArrayPart):
        def __reduce__(self):
            raise TypeError("an open file cannot be sent")

    class Holding(ArraySource):
        def parts(self):
            return [Held(part.read()) for part in super().parts()]

    with pytest.raises(TypeError, match="an open file"):
        check_source(Holding(X[:100]), X[:100])


@dataclass(frozen=True)
class FilePart:
    """Rows of a file, the last column their weights."""

    path: str
    number: int

    def read(self):
        table = np.load(self.path)
        return Block(
            np.ascontiguousarray(table[:, :-1]),
            table[:, -1].copy(),
            start=self.number,
            holes=bool(np.isnan(table).any()),
        )


class Folder:
    """Files of rows: how many rows they hold is not known."""

    n_rows, plain = None, True

    def __init__(self, folder, sizes, rows=X, weights=WEIGHTS):
        ends = np.cumsum([0, *sizes])
        self._parts = [FilePart(str(folder / f"{i}.npy"), i) for i in range(len(sizes))]
        for part, first, last in zip(self._parts, ends[:-1], ends[1:], strict=True):
            np.save(part.path, np.column_stack([rows[first:last], weights[first:last]]))
        self.n_features = rows.shape[1]

    def parts(self):
        return self._parts


@pytest.mark.parametrize("sizes", [[5], [1, 1, 1], [0, 4, 3], [700, 0, 20, 4000], [9000]])
def test_a_source_of_unknown_length(tmp_path, sizes):
    source, n = Folder(tmp_path, sizes), sum(sizes)
    check_source(source, X[:n], WEIGHTS[:n])
    check_source(ScaledSource(source, np.array([3, -2])), X[:n] * [0.125, 4.0], WEIGHTS[:n])
    assert count_rows(source, ThreadEngine(2)) == n
    bounds = column_range(source, ThreadEngine(2))
    assert np.array_equal(bounds, [X[:n].min(axis=0), X[:n].max(axis=0)])
    assert (X[: min(3, next(size for size in sizes if size))] == first_rows(source, 3).X).all()


@pytest.mark.parametrize("covariance_type", ["full", "diag", "tied"])
def test_rows_of_unknown_number_are_fitted_as_the_array_is(tmp_path, covariance_type):
    rows = np.concatenate([X[:2000], X[2000:4000] + np.array([6.0, 3.0])])
    start = {"means_init": [[0.0, 0.0], [6.0, 3.0]], "search": "off"}
    options = vars(GaussianMixture(2, covariance_type=covariance_type, **start))
    sources = [Folder(tmp_path, [1500, 1500, 1000], rows), ArraySource(rows, WEIGHTS[:4000], 1500)]
    fits = [
        fit_mixture(source, plan_of(options, 2), np.random.default_rng(0), ThreadEngine(2))[0].mixture
        for source in sources
    ]
    assert fits[0] == fits[1]


PLAIN = WhiteningTransform(np.zeros(2), np.eye(2), FullFrame())


@pytest.mark.parametrize("m", [1, 10, 300])
def test_samples_of_rows_of_unknown_number_are_fair(tmp_path, m):
    sizes = [300, 100, 600]
    source, rng = Folder(tmp_path, sizes), np.random.default_rng(0)
    place = {row.tobytes(): i for i, row in enumerate(all_rows(source, SerialEngine()).X)}
    draws = [draw_distinct(source, SerialEngine(), PLAIN, m, rng)[0] for _ in range(200)]
    places = [[place[row.tobytes()] for row in draw.X] for draw in draws]
    assert all(len(found) == m and sorted(found) == found for found in places)
    third = np.mean([(np.array(found) < 300).mean() for found in places])
    assert abs(third - 0.3) < 4 * np.sqrt(0.3 * 0.7 / (200 * m))


@pytest.mark.parametrize("sizes", [[1000], [300, 100, 600], [1] * 70])
def test_a_sample_is_the_same_for_every_engine(tmp_path, sizes):
    n = sum(sizes)
    for source in (Folder(tmp_path, sizes), ArraySource(X[:n], WEIGHTS[:n], max(sizes))):
        samples = [
            draw_distinct(source, engine, PLAIN, 50, np.random.default_rng(3))[0].X
            for engine in (SerialEngine(), ThreadEngine(2), ThreadEngine(5))
        ]
        assert all(np.array_equal(samples[0], sample) for sample in samples)


def test_copies_of_few_rows_are_drawn_as_rows_of_their_joint_weight():
    few = np.arange(20.0).reshape(10, 2)
    source = ArraySource(np.tile(few, (3_000, 1)), None, 1_000)
    drawn, whole = draw_distinct(source, ThreadEngine(2), PLAIN, 10, np.random.default_rng(0))
    assert whole
    assert drawn.n_rows <= 20
    assert drawn.total_weight == 30_000
    assert np.array_equal(np.unique(drawn.X, axis=0), few)
    drawn, whole = draw_distinct(source, ThreadEngine(2), PLAIN, 4, np.random.default_rng(0))
    assert not whole
    assert len(np.unique(drawn.X, axis=0)) == 4
    assert drawn.total_weight == 12_000


def test_a_source_without_rows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no rows: give at least one"):
        first_rows(Folder(tmp_path, [0, 0]), 1)


@pytest.mark.parametrize("name", KNOWN)
def test_blocks_add_up_to_the_whole(name):
    source = source_that_knows(name)
    whole = SerialEngine().sum(lambda block: block, source)
    for field in ("X", "weights", "noise", "allowed"):
        assert np.array_equal(
            getattr(whole, field), getattr(source_that_knows(name, 5000).parts()[0].read(), field)
        )
    assert whole.holes == (name == "missing values")


def test_blocks_of_which_different_things_are_known_do_not_add_up():
    block = Block(X[:4])
    assert ((block + Block(X[4:6], WEIGHTS[4:6])).weights == [1, 1, 1, 1, *WEIGHTS[4:6]]).all()
    for field in ({"noise": X[4:6] ** 2}, {"background": X[4:6, 0]}, {"allowed": np.ones((2, 3), bool)}):
        with pytest.raises(ValueError, match=f"has no {next(iter(field))}: give it to both"):
            block + Block(X[4:6], **field)


class Backwards:
    def sum(self, function, source):
        parts = [function(source.parts()[i].read()) for i in reversed(range(len(source.parts())))]
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
        n = len(source.parts())
        return tree_sum(function(source.parts()[i].read()) for i in range(n if n < 4 else n - 1))


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
