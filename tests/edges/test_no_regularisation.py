"""``reg_covar=0``: a mixture where scikit-learn finds one, else a sentence with K, reg_covar and the scale."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as Theirs

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import SingularCovarianceError

from ..support import quiet

FOUR = ["full", "tied", "diag", "spherical"]


def table(kind, seed):
    """Rows that are few, rounded, nearly on a line, or twice there, at some scale."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(int(rng.integers(20, 60)), 2)) * 10.0 ** rng.integers(-6, 4)
    if kind == "rounded":
        X = np.round(X / np.abs(X).max() * 20)
    if kind == "nearly on a line":
        X[:, 1] = X[:, 0] * 2 + 1e-6 * X[:, 1]
    if kind == "twice":
        X = np.repeat(X, 2, axis=0)
    return X


@pytest.mark.parametrize(
    "options", [{}, {"search": "off"}, {"search": "off", "n_init": 3}], ids=["search", "off", "starts"]
)
@pytest.mark.parametrize("covariance_type", FOUR)
@pytest.mark.parametrize("kind", ["plain", "rounded", "nearly on a line", "twice"])
def test_a_mixture_where_scikit_learn_finds_one(kind, covariance_type, options):
    missed = 0
    for seed in range(6):
        X = table(kind, seed)
        common = {"n_components": 4, "covariance_type": covariance_type, "reg_covar": 0, "random_state": 0}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = Theirs(**common).fit(X).score(X)
            except ValueError:
                continue
        try:
            with quiet():
                model = GaussianMixture(**common, **options).fit(X)
        except SingularCovarianceError:
            missed += 1
            continue
        assert np.isfinite(model.score(X)), (seed, theirs)
        assert (model.mixture_.covariances.variances() > 0).all()
    # Of rows that repeat each other, one lucky start may be theirs.
    assert missed <= (kind == "rounded")


HOPELESS = {
    "a constant column": lambda X: np.column_stack([X, np.ones(len(X))]),
    "columns on a line": lambda X: np.column_stack([X, X[:, 0]]),
    "rows that are all equal": lambda X: np.ones_like(X),
    "fewer rows than columns": lambda X: np.hstack([X, X[::-1] ** 2, X**3])[:4],
    "as many rows as components": lambda X: X[:3],
}


@pytest.mark.parametrize("options", [{}, {"search": "off"}, {"search": "off", "n_init": 2}])
@pytest.mark.parametrize("kind", HOPELESS)
def test_a_sentence_where_there_is_none(kind, options):
    X = HOPELESS[kind](table("plain", 3))
    with pytest.raises(SingularCovarianceError, match="ill-defined empirical covariance") as info, quiet():
        GaussianMixture(3, reg_covar=0, random_state=0, **options).fit(X)
    message = str(info.value)
    for part in (
        "n_components=3",
        "reg_covar=0 ",
        "values differ by",
        "reg_covar='auto'",
        "to add to the variances",
    ):
        assert part in message
    assert "allow_singular" not in message
    assert message.endswith(".")
    with quiet():
        assert GaussianMixture(3, random_state=0, **options).fit(X).weights_.sum() == pytest.approx(1.0)


def test_the_scale_and_what_to_add_are_those_of_the_data():
    X = np.column_stack([np.arange(30.0) * 1e-4, np.full(30, 5.0)])
    with (
        pytest.raises(SingularCovarianceError, match=r"by 0.0029 \(column 1 is constant\).* 8e-12 to add"),
        quiet(),
    ):
        GaussianMixture(2, reg_covar=0).fit(X)
    with quiet():
        GaussianMixture(2, reg_covar=8e-12, random_state=0).fit(X)


def test_a_given_start_is_the_only_one():
    X = table("plain", 1)
    start = {"means_init": [[0, 0], [1e9, 1e9]], "weights_init": [0.5, 0.5]}
    model = GaussianMixture(2, reg_covar=0, precisions_init=[np.eye(2)] * 2, **start)
    rows = np.concatenate([X, [[1e9, 1e9]]])
    with pytest.raises(SingularCovarianceError, match="from the given start"), quiet():
        model.fit(rows)


def test_the_classifier_says_it_too():
    X = table("plain", 2)
    X[::2] = X[0]
    with pytest.raises(SingularCovarianceError, match="n_components=2, reg_covar=0"), quiet():
        MixtureClassifier(2, reg_covar=0).fit(X, np.arange(len(X)) % 2)
