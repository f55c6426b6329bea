"""A fit that begins where ``init_params`` says: labels, responsibilities, means, a mixture or a function."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

import gaussmix
from gaussmix import Full, GaussianMixture, Mixture, MixtureClassifier
from gaussmix.errors import DataWarning, GaussmixError, InputError
from gaussmix.starts import START_METHODS

from ..support import FAMILIES, NAMES, assert_close, clusters, fit, quiet

RNG = np.random.default_rng
X = clusters(RNG(0), 200, 3, 2)
BASE = fit(X, 3)
LABELS = BASE.predict(X)
SHARES = BASE.predict_proba(X)
ONE_STEP = {"tol": 0, "max_iter": 0}
STARTS = {
    "labels": LABELS,
    "some labels": np.where(np.arange(200) % 3 == 0, LABELS, -1),
    "responsibilities": SHARES,
    "means": BASE.means_,
    "mixture": BASE.mixture_,
}


def labels_of_every_third(rows, K, rng):
    return np.eye(K)[np.arange(len(rows.X)) % K]


def parameters(model):
    return [model.weights_, model.means_, model.mixture_.covariances.dense()]


def assert_same(a, b, rtol=1e-9):
    for ours, theirs in zip(parameters(a), parameters(b), strict=True):
        assert_close(ours, theirs, rtol=rtol)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_responsibilities_begin_at_their_m_step(family):
    # The first mixture from the responsibilities of a mixture is that mixture after one iteration of EM.
    base = fit(X, 3, covariance_type=family, tol=0, max_iter=3)
    step = fit(X, 3, covariance_type=family, init_params=base.mixture_, tol=0, max_iter=1)
    start = fit(X, 3, covariance_type=family, init_params=base.predict_proba(X), **ONE_STEP)
    assert_same(start, step)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_labels_are_responsibilities_of_one(family):
    weights = RNG(1).uniform(0, 2, 200)
    options = {"covariance_type": family, "sample_weight": weights, **ONE_STEP}
    assert_same(
        fit(X, 3, init_params=LABELS, **options), fit(X, 3, init_params=np.eye(3)[LABELS], **options), 1e-12
    )


def test_labels_give_the_weighted_means_and_covariances():
    w = RNG(2).uniform(0.5, 2, 200)
    model = fit(X, 3, init_params=LABELS, sample_weight=w, **ONE_STEP)
    for k in range(3):
        rows = k == LABELS
        assert_close(model.weights_[k], w[rows].sum() / w.sum())
        assert_close(model.means_[k], np.average(X[rows], axis=0, weights=w[rows]))
        assert_close(model.covariances_[k], np.cov(X[rows].T, bias=True, aweights=w[rows]))


def test_rows_without_a_label_say_nothing_at_first():
    known = np.where(np.arange(200) < 150, LABELS, -1)
    all_rows = fit(X, 3, init_params=known, **ONE_STEP)
    only_known = fit(X[:150], 3, init_params=LABELS[:150], **ONE_STEP)
    assert_same(all_rows, only_known, 1e-12)


@pytest.mark.parametrize("reg_covar", ["auto", 1e-6, 0])
def test_one_labelled_row_for_each_component_is_enough(reg_covar):
    Y = np.concatenate([RNG(3).standard_normal((100, 2)) + c for c in ([0, 0], [9, 0], [0, 9])])
    labels = np.full(300, -1)
    labels[[5, 150, 250]] = [2, 0, 1]
    model = fit(Y, 3, init_params=labels, reg_covar=reg_covar)
    assert np.array_equal(model.predict(Y), np.repeat([2, 0, 1], 100))


def test_rows_of_no_weight_need_no_sense():
    weights, labels = np.ones(200), LABELS.copy()
    weights[:50], labels[:50] = 0.0, 0
    a = fit(X, 3, init_params=labels, sample_weight=weights, max_iter=5, tol=0)
    b = fit(X[50:], 3, init_params=LABELS[50:], max_iter=5, tol=0)
    assert_same(a, b)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_a_mixture_is_where_the_fit_begins(family):
    base = fit(X, 3, covariance_type=family, tol=0, max_iter=2)
    model = fit(X, 3, covariance_type=family, init_params=base.mixture_, **ONE_STEP)
    assert model.mixture_ == base.mixture_
    # A mixture of another family becomes the nearest of this one, and means and weights stay.
    other = fit(X, 3, covariance_type=family, init_params=BASE.mixture_, **ONE_STEP)
    assert np.array_equal(other.means_, BASE.means_)
    expected = family.from_dense(BASE.mixture_.covariances.dense(), BASE.weights_)
    assert_close(other.mixture_.covariances.dense(), expected.dense())


def test_means_are_those_of_means_init():
    a, b = fit(X, 3, init_params=BASE.means_), fit(X, 3, means_init=BASE.means_)
    assert a.mixture_ == b.mixture_
    start = fit(X, 3, init_params=BASE.means_[::-1], **ONE_STEP)
    assert np.array_equal(start.means_, BASE.means_[::-1])


def test_a_table_of_k_rows_and_d_columns_is_means():
    rows = RNG(4).standard_normal((30, 2))
    model = fit(rows, 2, init_params=np.eye(2), **ONE_STEP)
    assert np.array_equal(model.means_, np.eye(2))
    wide = RNG(4).standard_normal((2, 5))
    start = fit(wide, 2, init_params=np.eye(2), **ONE_STEP)
    assert_close(start.means_, wide)


def test_explicit_parts_come_first():
    means = BASE.means_ + 1.0
    model = fit(X, 3, init_params=BASE.mixture_, means_init=means, weights_init=[0.5, 0.25, 0.25], **ONE_STEP)
    assert np.array_equal(model.means_, means)
    assert model.weights_.tolist() == [0.5, 0.25, 0.25]
    assert np.array_equal(model.covariances_, BASE.covariances_)
    labelled = fit(X, 3, init_params=LABELS, means_init=means, **ONE_STEP)
    assert np.array_equal(labelled.means_, means)


@pytest.mark.parametrize("name", STARTS)
def test_there_is_one_run_and_no_chance(name):
    options = {"init_params": STARTS[name], "n_init": 7, "search": "auto"}
    with quiet():
        a, b = (GaussianMixture(3, random_state=s, **options).fit(X) for s in (1, 2))
    assert len(a.trace_.runs) == 1
    assert a.mixture_ == b.mixture_


@pytest.mark.parametrize("name", STARTS)
def test_every_start_leads_to_the_optimum_it_came_from(name):
    model = fit(X, 3, init_params=STARTS[name])
    assert model.lower_bound_ == pytest.approx(BASE.lower_bound_, abs=1e-5)
    assert (model.predict(X) == LABELS).mean() > 0.98


def test_a_function_is_given_the_rows_of_a_start():
    seen = []

    def method(rows, K, rng):
        seen.append((rows.X.shape, rows.weights.shape, rows.Z.shape, K, type(rng)))
        return START_METHODS["kmeans"](rows, K, rng)

    model = fit(X, 3, init_params=method, n_init=2)
    assert seen == [((200, 2), (200,), (200, 2), 3, np.random.Generator)] * 2
    assert fit(X, 3, n_init=2).mixture_ == model.mixture_
    classifier = MixtureClassifier(2, init_params=labels_of_every_third, search="off", acceleration="off")
    with quiet():
        assert classifier.fit(X, LABELS).score(X, LABELS) > 0.9


@pytest.mark.parametrize(
    "result", [np.ones((200, 3)), np.ones((199, 3)) / 3, np.full((200, 3), np.nan), "labels", None]
)
def test_a_function_that_returns_nonsense(result):
    with pytest.raises(GaussmixError, match="function init_params"):
        fit(X, 3, init_params=lambda rows, K, rng: result)


def bad(change):
    table = SHARES.copy()
    table[7] = change
    return table


WRONG = {
    "too few labels": (LABELS[:-1], "199 rows, and X has 200"),
    "too many shares": (np.vstack([SHARES, SHARES[:1]]), "201 rows, and X has 200"),
    "label too high": (np.where(np.arange(200) == 4, 3, LABELS), r"init_params\[4\] is 3: .* = 2"),
    "label too low": (LABELS - 2, "is -2"),
    "label between": (LABELS + 0.5, "whole numbers"),
    "label of NaN": (np.where(np.arange(200) == 9, np.nan, LABELS), r"init_params\[9\] is nan"),
    "text": (np.array(["a"] * 200), "init_params"),
    "a component without label": (np.zeros(200, dtype=int), "no row of positive weight to component 1 of 3"),
    "no label": (np.full(200, -1), "component 0"),
    "a column of zeros": (np.eye(3)[LABELS % 2], "component 2"),
    "shares of half": (SHARES * 0.5, "row 0 .* sums to 0.5"),
    "negative shares": (bad([1.5, -0.5, 0.0]), "row 7 .* holds -0.5"),
    "NaN shares": (bad(np.nan), r"init_params\[7, 0\] is nan"),
    "shares of four": (np.full((200, 4), 0.25), r"shape \(200, 4\): .*\(n, 3\).*\(3, 2\)"),
    "means of three columns": (np.zeros((2, 4)), r"shape \(2, 4\)"),
    "three dimensions": (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
    "no dimension": (np.array(3), r"shape \(\)"),
    "a mixture of two": (BASE.mixture_.take([0, 1]), "2 components in 2 columns: give one of 3"),
    "a mixture of one column": (BASE.mixture_.marginal([0]), "in 1 columns"),
    "a singular mixture": (
        Mixture(np.ones(3) / 3, np.zeros((3, 2)), np.ones((3, 2, 2)), allow_singular=True),
        "allow_singular",
    ),
    "a dictionary": ({"labels": LABELS}, "init_params"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_a_start(name):
    value, match = WRONG[name]
    with pytest.raises(GaussmixError, match=match) as info:
        fit(X, 3, init_params=value)
    assert str(info.value).endswith(".")
    assert "init_params" in str(info.value)


def test_labels_on_rows_of_no_weight_do_not_count():
    with pytest.raises(InputError, match="component 2"):
        fit(X, 3, init_params=LABELS, sample_weight=(LABELS != 2).astype(float))


def test_a_mixture_of_other_columns():
    import pandas as pd

    start = fit(pd.DataFrame(X, columns=["a", "b"]), 3).mixture_
    assert fit(pd.DataFrame(X, columns=["a", "b"]), 3, init_params=start).n_iter_ > 0
    assert fit(X, 3, init_params=start).n_iter_ > 0
    with pytest.raises(InputError, match="columns 'a', 'b', but those of X are 'b', 'a'"):
        fit(pd.DataFrame(X, columns=["b", "a"]), 3, init_params=start)


@pytest.mark.parametrize("kind", ["pandas", "polars", "list"])
def test_tables_of_other_libraries(kind):
    make = {
        "pandas": lambda a: pytest.importorskip("pandas").DataFrame(a),
        "polars": lambda a: pytest.importorskip("polars").DataFrame(a),
        "list": lambda a: a.tolist(),
    }[kind]
    assert fit(X, 3, init_params=make(SHARES)).mixture_ == fit(X, 3, init_params=SHARES).mixture_
    labels = LABELS.tolist() if kind == "list" else make(LABELS[:, None]).iloc[:, 0] if kind == "pandas" else (
        make(LABELS[:, None]).to_series()
    )  # fmt: skip
    assert fit(X, 3, init_params=labels).mixture_ == fit(X, 3, init_params=LABELS).mixture_


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "float64"])
def test_types_of_labels(dtype):
    assert fit(X, 3, init_params=LABELS.astype(dtype)).mixture_ == fit(X, 3, init_params=LABELS).mixture_


def test_single_precision():
    a = fit(X.astype(np.float32), 3, init_params=SHARES.astype(np.float32), **ONE_STEP)
    b = fit(X, 3, init_params=SHARES, **ONE_STEP)
    assert_same(a, b, 1e-6)


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("power", [-400, 400])
def test_columns_of_extreme_size(name, power):
    size = np.ldexp(1.0, power)
    start = {"means": BASE.means_ * size, "mixture": (np.eye(2) * size) @ BASE.mixture_}.get(
        name, STARTS[name]
    )
    options = {"tol": 0, "max_iter": 3}
    a, b = fit(X * size, 3, init_params=start, **options), fit(X, 3, init_params=STARTS[name], **options)
    assert_close(a.weights_, b.weights_)
    assert_close(a.means_ / size, b.means_)
    assert_close(a.predict_proba(X * size), b.predict_proba(X))


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("offset", [1e6, 1e8])
def test_an_offset(name, offset):
    start = {"means": BASE.means_ + offset, "mixture": BASE.mixture_ + np.full(2, offset)}.get(
        name, STARTS[name]
    )
    options = {"tol": 0, "max_iter": 3}
    a, b = fit(X + offset, 3, init_params=start, **options), fit(X, 3, init_params=STARTS[name], **options)
    assert_close(a.predict_proba(X + offset), b.predict_proba(X), atol=1e-5)


def test_many_rows_are_all_used():
    rng = RNG(5)
    labels = rng.integers(0, 2, 70_000)
    rows = rng.standard_normal((70_000, 2)) + 4.0 * labels[:, None]
    model = fit(rows, 2, init_params=labels, **ONE_STEP)
    for k in range(2):
        assert_close(model.means_[k], rows[labels == k].mean(axis=0))
        assert_close(model.covariances_[k], np.cov(rows[labels == k].T, bias=True))


def test_a_warm_start_begins_at_the_last_fit():
    model = fit(X, 3, init_params=LABELS, warm_start=True, max_iter=2, tol=0)
    last = model.mixture_
    with quiet():
        model.set_params(max_iter=0).fit(X)
        assert model.mixture_ == last
        # The labels are not looked at, so that a further fit may be of other rows.
        assert model.fit(X[:150]).mixture_ == last
    with pytest.raises(InputError, match="150"), quiet():
        model.set_params(warm_start=False).fit(X[:150])


@pytest.mark.parametrize("name", STARTS)
def test_parameters_are_kept_as_they_are(name):
    start = STARTS[name]
    model = GaussianMixture(3, init_params=start)
    assert model.get_params()["init_params"] is start
    copied = clone(model).get_params()["init_params"]
    assert copied == start if name == "mixture" else np.array_equal(copied, start)
    assert "init_params" in repr(model)
    with quiet():
        fitted = model.fit(X)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.mixture_ == fitted.mixture_
    assert fitted.init_params is start


@pytest.mark.parametrize("name", STARTS)
def test_a_file_holds_the_start(name, tmp_path):
    model = fit(X, 3, init_params=STARTS[name])
    gaussmix.save(model, tmp_path / "model.safetensors")
    loaded = gaussmix.load(tmp_path / "model.safetensors")
    start = STARTS[name]
    same = loaded.init_params == start if name == "mixture" else np.array_equal(loaded.init_params, start)
    assert same
    assert loaded.mixture_ == model.mixture_
    with quiet():
        assert loaded.fit(X).mixture_ == model.mixture_


def test_a_file_cannot_hold_a_function(tmp_path):
    model = fit(X, 3, init_params=labels_of_every_third)
    with pytest.warns(DataWarning, match="cannot hold init_params, which will be 'kmeans'"):
        gaussmix.save(model, tmp_path / "model.safetensors")
    assert gaussmix.load(tmp_path / "model.safetensors").init_params == "kmeans"


@pytest.mark.parametrize("name", STARTS)
def test_a_classifier_refuses_what_starts_one_fit_only(name):
    with pytest.raises(InputError, match="init_params of a MixtureClassifier .* fit for each class"):
        MixtureClassifier(3, init_params=STARTS[name]).fit(X, LABELS)


def test_the_full_family_by_name_or_object_takes_the_same_mixture():
    a = fit(X, 3, covariance_type=Full(), init_params=BASE.mixture_, max_iter=2, tol=0)
    assert a.mixture_ == fit(X, 3, init_params=BASE.mixture_, max_iter=2, tol=0).mixture_


def test_the_report_names_an_array_by_its_shape(tmp_path):
    from gaussmix import write_report

    model = fit(X, 3, init_params=LABELS, max_iter=3, tol=0)
    write_report(model, X, tmp_path / "report.html")
    assert "init_params=an array of shape (200,)" in (tmp_path / "report.html").read_text(encoding="utf-8")
