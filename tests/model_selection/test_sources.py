"""Selections of rows in sources: the array's where the rows have room in memory, and in blocks elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, datasets, select
from gaussmix.errors import InputError
from gaussmix.model_selection import rows as rows_module
from gaussmix.sources import ArraySource, Query, open_source

pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

X = datasets.random_mixture(3, 2, random_state=0).sample(6000, random_state=0)[0]
WEIGHTS = np.random.default_rng(0).integers(1, 3, len(X)).astype(float)
LABELS = np.where(np.arange(len(X)) % 50 == 0, 0, -1)
OPTIONS = {"n_components": range(2, 5), "families": "EEE,VVV", "random_state": 0}
CRITERIA = ["bic", "icl", "cv", "held-out", "mml", "dendrogram", "instability"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows") / "parts"
    folder.mkdir()
    for number, part in enumerate(np.array_split(np.column_stack([X, WEIGHTS]), 3)):
        pq.write_table(pa.table(dict(zip("abw", part.T, strict=True))), folder / f"{number}.parquet")
    return folder


def blocks(source):
    """A source too large for its memory."""
    source.memory = 1000
    return source


@pytest.mark.parametrize("criterion", CRITERIA)
def test_rows_with_room_have_the_selection_of_the_array(path, criterion):
    options = {**OPTIONS, "criterion": criterion, "n_runs": 2}
    found = select(open_source(path, ["a", "b"], weights="w"), **options)
    expected = select(X, sample_weight=WEIGHTS, **options)
    assert [m.log_likelihood for m in found.models if m.sound] == [
        m.log_likelihood for m in expected.models if m.sound
    ]
    assert found.best.value(criterion) == expected.best.value(criterion)
    assert list(found.best_.feature_names_in_) == ["a", "b"]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_rows_in_blocks(path, criterion):
    options = {**OPTIONS, "families": "VVV", "criterion": criterion, "n_runs": 2}
    found = select(blocks(open_source(path, ["a", "b"], weights="w")), **options)
    expected = select(X, sample_weight=WEIGHTS, **options)
    assert found.best.name == expected.best.name
    # Folds and samples are others; the likelihood of all rows is the same.
    close = {"cv": 5e-3, "held-out": 0.05, "instability": 1.0}.get(criterion, 1e-4)
    assert found.best.value(criterion) == pytest.approx(expected.best.value(criterion), rel=close)


def test_folds_are_a_partition(path):
    source = blocks(open_source(path, ["a", "b"]))
    held, _ = rows_module.checked_rows(source, {}, False, None)
    sizes = []
    for rest, fold in rows_module.folds_of(held, 5, 1):
        parts = [np.concatenate([p.read().X for p in each.source(1).parts()]) for each in (rest, fold)]
        assert len(parts[0]) + len(parts[1]) == len(X)
        assert np.array_equal(np.unique(np.concatenate(parts), axis=0), np.unique(X, axis=0))
        sizes.append(len(parts[1]))
    assert sum(sizes) == len(X)
    assert min(sizes) > 1000


def test_samples_take_one_pass_and_differ(path):
    held, _ = rows_module.checked_rows(blocks(open_source(path, ["a", "b"])), {}, False, None)
    one, two = rows_module.samples_of(held, 500, [[0], [1]])
    assert one.X.shape == two.X.shape == (500, 2)
    assert not np.array_equal(one.X, two.X)
    assert {tuple(row) for row in one.X} <= {tuple(row) for row in X}


@pytest.mark.parametrize("kind", ["path", "query", "source", "frame"])
def test_kinds_of_rows(path, kind):
    given = {
        "path": str(path / "0.parquet"),
        "query": Query(f"select a, b, w from '{path / '0.parquet'}'", "duckdb:"),
        "source": ArraySource(np.column_stack([X, WEIGHTS])[:2000]),
        "frame": pd.DataFrame(np.column_stack([X, WEIGHTS])[:2000], columns=list("abw")),
    }
    found = select(given[kind], [1, 2], "EII", random_state=0)
    assert found.best.bic == pytest.approx(
        select(np.column_stack([X, WEIGHTS])[:2000], [1, 2], "EII", random_state=0).best.bic
    )


def test_labels_and_the_noise_component(path, tmp_path):
    table = pa.table({"a": X[:, 0], "b": X[:, 1], "kind": np.where(LABELS < 0, None, "one")})
    pq.write_table(table, tmp_path / "rows.parquet")
    for memory in ("1GB", "1MB"):
        source = open_source(tmp_path / "rows.parquet", ["a", "b"], labels="kind", memory=memory)
        found = select(source, [2, 3], "VVV", noise_component=True, random_state=0)
        expected = select(X, [2, 3], "VVV", labels=LABELS, noise_component=True, random_state=0)
        assert found.best.bic == pytest.approx(expected.best.bic, rel=1e-3)


def test_a_selection_goes_on_with_the_same_rows(path, tmp_path):
    file = tmp_path / "selection.safetensors"
    for make in (lambda: open_source(path, ["a", "b"]), lambda: blocks(open_source(path, ["a", "b"]))):
        select(make(), [1, 2], "EII", random_state=0, resume=file)
        again = select(make(), [1, 2, 3], "EII", random_state=0, resume=file)
        assert len(again.models) == 3
        with pytest.raises(InputError, match="other rows"):
            select(open_source(path, ["a", "w"]), [1, 2], "EII", resume=file)
        file.unlink()


def test_arrays_beside_a_source(path):
    with pytest.raises(InputError, match="sample_weight is given beside a source"):
        select(path, [1, 2], "EII", sample_weight=WEIGHTS)


def test_auto_is_the_same_selection(path):
    source = open_source(path, ["a", "b"])
    model = GaussianMixture("auto", covariance_type="VVV", random_state=0).fit(source)
    assert model.n_components == "auto"
    assert len(model.weights_) == select(source, range(1, 10), "VVV", random_state=0).best.n_components
