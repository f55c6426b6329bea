"""Classifiers of rows in sources: classes by the name of their column, in memory and in blocks."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from gaussmix import MixtureClassifier, datasets
from gaussmix.errors import InputError, InputTypeError
from gaussmix.sources import ArraySource, Query, open_source

from ..support import quiet

pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

X, CODES = datasets.random_mixture(3, 2, random_state=0).sample(9000, random_state=0)
KINDS = np.array(["ash", "birch", "oak"], dtype=object)[CODES]
FRAME = pd.DataFrame(
    {"a": X[:, 0], "b": X[:, 1], "kind": KINDS, "number": CODES, "tens": 10 * CODES - 5, "w": CODES + 1.0}
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(pa.Table.from_pandas(FRAME, preserve_index=False), path, row_group_size=1500)
    return path


def source_of(rows, blocks, column, **options):
    source = open_source(rows, ["a", "b"], labels=column, **options)
    source.memory = 1000 if blocks else source.memory
    return source


@contextmanager
def quiet_about_names():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X has feature names")
        yield


def check_same(found, expected):
    assert np.array_equal(found.classes_, expected.classes_)
    assert found.classes_.dtype.kind == expected.classes_.dtype.kind
    assert found.priors_ == pytest.approx(expected.priors_, rel=1e-14)
    for one, other in zip(found.mixtures_, expected.mixtures_, strict=True):
        assert np.allclose(one.means, other.means, rtol=1e-6)
    assert found.log_likelihood_ == pytest.approx(expected.log_likelihood_, rel=1e-9)
    assert found.bic_ == pytest.approx(expected.bic_, rel=1e-9)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("column", ["kind", "number", "tens"])
def test_classes_by_the_name_of_a_column(path, blocks, column):
    y = KINDS.astype(str) if column == "kind" else FRAME[column].to_numpy()
    options = {"random_state": 0, "search": "off"}
    found = MixtureClassifier(2, **options).fit(source_of(path, blocks, column), None)
    check_same(found, MixtureClassifier(2, **options).fit(X, y))
    assert list(found.feature_names_in_) == ["a", "b"]


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize(
    "options", [{"covariance_type": "tied"}, {"n_components": "auto", "covariance_type": "VVV"}]
)
def test_weights_and_models(path, blocks, options):
    options = {"random_state": 0, "search": "off", **options}
    found = MixtureClassifier(**options).fit(source_of(path, blocks, "kind", weights="w"), "kind")
    check_same(found, MixtureClassifier(**options).fit(X, KINDS.astype(str), sample_weight=CODES + 1.0))


def test_a_path_a_query_and_a_frame(path, tmp_path):
    few = tmp_path / "few.parquet"
    pq.write_table(pa.Table.from_pandas(FRAME[["a", "b", "kind"]], preserve_index=False), few)
    expected = MixtureClassifier().fit(FRAME[["a", "b"]], KINDS.astype(str))
    for rows in (
        few,
        str(few),
        Query(f"select a, b, kind from '{path}'", "duckdb:"),
        open_source(few, labels="kind"),
    ):
        check_same(MixtureClassifier().fit(rows, None if hasattr(rows, "layout") else "kind"), expected)


@pytest.mark.parametrize("engine", ["threads:2", "dask"])
def test_predictions_and_engines(path, engine):
    model = MixtureClassifier(engine=engine).fit(source_of(path, True, "kind"), None)
    expected = MixtureClassifier().fit(FRAME[["a", "b"]], KINDS.astype(str))
    check_same(model, expected)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        values = getattr(model, method)(path)
        assert np.array_equal(values, getattr(expected, method)(FRAME[["a", "b"]]))


@pytest.mark.parametrize("column", ["kind", "number"])
def test_a_collection(column):
    dd = pytest.importorskip("dask.dataframe")
    frame = dd.from_pandas(FRAME, npartitions=3, sort=False)
    model = MixtureClassifier().fit(open_source(frame, ["a", "b"], labels=column), None)
    y = KINDS.astype(str) if column == "kind" else CODES
    expected = MixtureClassifier().fit(FRAME[["a", "b"]], y)
    check_same(model, expected)
    found = model.predict(frame)
    assert type(found).__module__.startswith("dask")
    assert found.compute().tolist() == expected.predict(FRAME[["a", "b"]]).tolist()
    assert np.allclose(model.predict_proba(frame).compute(), expected.predict_proba(FRAME[["a", "b"]]))


@pytest.mark.parametrize("blocks", [False, True])
def test_rows_of_unknown_class(blocks):
    frame = FRAME.assign(kind=np.where(np.arange(9000) % 10 == 0, None, KINDS))
    with pytest.raises(InputError, match=r"(y contains NaN|holds no class for 900 rows)"):
        MixtureClassifier().fit(source_of(frame, blocks, "kind"), None)
    model = MixtureClassifier(unknown_label=float("nan"))
    if blocks:
        with pytest.raises(InputError, match="rows of unknown class needs them in memory"):
            model.fit(source_of(frame, blocks, "kind"), None)
    else:
        y = np.where(np.arange(9000) % 10 == 0, None, KINDS)
        with quiet():
            check_same(
                model.fit(source_of(frame, blocks, "kind"), None),
                MixtureClassifier(unknown_label=float("nan")).fit(X, y),
            )


def test_one_family_in_blocks(path):
    model = MixtureClassifier(across_classes=True)
    check_same(
        model.fit(source_of(path, False, "kind"), None),
        MixtureClassifier(across_classes=True).fit(X, KINDS.astype(str)),
    )
    with pytest.raises(InputError, match="across_classes=True needs the rows in memory"):
        model.fit(source_of(path, True, "kind"), None)


def test_wrong_arguments(path):
    model = MixtureClassifier()
    with pytest.raises(InputTypeError, match="y is of type ndarray, and X is a source"):
        model.fit(path, KINDS)
    with pytest.raises(InputError, match="without a column of classes"):
        model.fit(open_source(path, ["a", "b"]), None)
    with pytest.raises(InputError, match="without a column of classes"):
        model.fit(ArraySource(X), None)
    with pytest.raises(InputError, match="opened with the labels 'kind'"):
        model.fit(source_of(path, False, "kind"), "number")
    with pytest.raises(InputError, match="no column 'species'"):
        model.fit(path, "species")
    with pytest.raises(InputError, match="sample_weight is given beside"):
        model.fit(path, "kind", sample_weight=CODES)
    with pytest.raises(InputError, match="takes no measurement errors"):
        model.fit(open_source(path, ["a", "b"], labels="kind", errors=["w", None]), None)
    with pytest.raises(InputError, match=r"fewer than n_components = 5000"):
        MixtureClassifier(5000, search="off").fit(source_of(path, True, "kind"), None)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("column", ["kind", "number"])
def test_the_score_by_the_name_of_a_column(path, blocks, column):
    y = KINDS if column == "kind" else CODES
    model = MixtureClassifier().fit(X, y)
    expected = float(np.mean(model.predict(X) == y))
    with quiet_about_names():
        assert model.score(X, y) == model.score(source_of(path, blocks, column), column) == expected
        weighted = source_of(path, blocks, column, weights="w")
        assert model.score(weighted, None) == pytest.approx(model.score(X, y, FRAME["w"]))
    named = MixtureClassifier().fit(FRAME[["a", "b"]], y)
    with quiet():
        assert named.score(path, column) == expected
    with pytest.raises(InputError, match="without a column of classes"):
        named.score(open_source(path, ["a", "b"]), None)


@pytest.mark.parametrize("blocks", [False, True])
def test_numbers_that_are_no_classes(blocks):
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        MixtureClassifier().fit(source_of(FRAME.assign(kind=CODES / 4), blocks, "kind"), None)
