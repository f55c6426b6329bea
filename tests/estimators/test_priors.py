"""Fits with priors and restrictions: the search, files, copies, batches, changes of units, and messages."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

import gaussmix
from gaussmix import CheckpointFile, ConjugatePrior, Full, GaussianMixture, MclustPrior, Tied
from gaussmix.datasets import load_faithful
from gaussmix.errors import InputError, InputTypeError
from gaussmix.inference import bootstrap

from ..support import assert_close, quiet

X = load_faithful().data
NAN = np.nan
UNKNOWN = [NAN, NAN]
OPTIONS = {
    "mclust": {"prior": "mclust"},
    "conjugate": {"prior": ConjugatePrior(2.0, [3.0, 70.0], 0.5, 5.0, [[1.0, 0.0], [0.0, 30.0]])},
    "equal weights": {"fix": {"weights": "equal"}},
    "a weight": {"fix": {"weights": [1]}, "weights_init": [NAN, 0.4]},
    "all weights": {"fix": {"weights": "all"}, "weights_init": [0.6, 0.4]},
    "a mean": {"fix": {"means": [1]}, "means_init": [UNKNOWN, [2.1, 55.0]]},
    "a covariance": {
        "fix": {"covariances": [0]},
        "precisions_init": [np.diag([5.0, 0.03]), np.full((2, 2), NAN)],
    },
    "ratio": {"max_eigenvalue_ratio": 100.0},
    "least weight": {"min_weight": 0.45},
    "all": {
        "prior": MclustPrior(),
        "fix": {"means": np.array([1]), "weights": [0]},
        "means_init": np.array([UNKNOWN, [2.1, 55.0]]),
        "weights_init": [0.55, NAN],
        "max_eigenvalue_ratio": 300.0,
    },
}
FREE_PARAMETERS = {
    "equal weights": 10,
    "a weight": 10,
    "all weights": 10,
    "a mean": 9,
    "a covariance": 8,
    "all": 8,
}


def fitted(name, rows=X, **more):
    with quiet():
        return GaussianMixture(2, **{"random_state": 0, **OPTIONS[name], **more}).fit(rows)


def check_restrictions(model, name):
    if name == "equal weights":
        assert (model.weights_ == 0.5).all()
    if name == "a weight":
        assert model.weights_[1] == 0.4
    if name == "all weights":
        assert_close(model.weights_, np.array([0.6, 0.4]))
    if name in ("a mean", "all"):
        assert (model.means_[1] == [2.1, 55.0]).all()
        assert model.means_[0, 0] > 4
    if name == "a covariance":
        assert_close(model.covariances_[0], np.diag([0.2, 1 / 0.03]), rtol=1e-12)
    if name == "ratio":
        values = np.linalg.eigvalsh(model.covariances_)
        assert values.max() <= 100.0 * values.min() * (1 + 1e-6)
    if name == "least weight":
        assert model.weights_.min() == pytest.approx(0.45)


@pytest.mark.parametrize("name", OPTIONS)
def test_default_fits(name, tmp_path):
    model = fitted(name)
    bounds = np.array(model.lower_bounds_)
    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[:-1])).all()
    assert model.converged_
    check_restrictions(model, name)
    assert model.n_parameters_ == FREE_PARAMETERS.get(name, 11)
    total = model.score(X) * len(X)
    assert model.bic(X) == pytest.approx(model.n_parameters_ * np.log(len(X)) - 2 * total)
    assert model.aic(X) == pytest.approx(model.n_parameters_ * 2 - 2 * total)
    model.save(tmp_path / "model.safetensors")
    loaded = gaussmix.load(tmp_path / "model.safetensors")
    for copy in (loaded, pickle.loads(pickle.dumps(model))):
        assert repr(copy) == repr(model)
        assert copy.n_parameters_ == model.n_parameters_
        assert (copy.score_samples(X) == model.score_samples(X)).all()
    again = clone(model).fit(X)
    assert (again.means_ == model.means_).all()


@pytest.mark.parametrize("name", OPTIONS)
def test_the_search_is_no_worse_than_many_starts(name):
    model = fitted(name)
    others = [
        fitted(name, search="off", init_params="random_from_data", random_state=seed).lower_bound_
        for seed in range(4)
    ]
    assert model.lower_bound_ >= max(others) - 1e-6


@pytest.mark.parametrize("total", [0.5, 0.99, 1.0, 1.01, 1.9])
def test_weights_that_are_shares_have_the_covariance_of_the_rows_as_scale(total):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) + 3.0 * rng.integers(0, 2, (300, 1))
    fits = [
        GaussianMixture(2, prior="mclust", random_state=0).fit(X, sample_weight=np.full(300, weight / 300))
        for weight in (total, 1.0001 * total)
    ]
    assert fits[0].score(X) == pytest.approx(fits[1].score(X), abs=1e-3)


@pytest.mark.parametrize("name", ["mclust", "conjugate", "a mean", "all"])
def test_batches(name):
    rows = np.random.default_rng(0).permutation(X)
    model = GaussianMixture(2, random_state=0, **OPTIONS[name])
    for batch in np.array_split(rows, 4):
        model = model.partial_fit(batch)
    check_restrictions(model, name)
    # The default prior of mclust adds no more at four batches than at one.
    assert_close(np.sort(model.means_[:, 0]), np.sort(fitted(name).means_[:, 0]), atol=0.15)


def test_a_warm_start_continues():
    short = GaussianMixture(
        2, prior="mclust", warm_start=True, tol=0, max_iter=3, search="off", random_state=0
    )
    whole = clone(short).set_params(max_iter=6).fit(X)
    assert_close(short.fit(X).fit(X).means_, whole.means_, rtol=1e-12)
    changed = short.set_params(prior=ConjugatePrior(mean_precision=50.0)).fit(X)
    assert np.abs(changed.means_ - whole.means_).max() > 0.1


@pytest.mark.parametrize("power", [-300, -3, 5, 300])
def test_units(power):
    unit = 2.0**power
    prior = ConjugatePrior(2.0, [3.0, 70.0], 0.5, 5.0, [[1.0, 0.0], [0.0, 30.0]])
    other = ConjugatePrior(2.0, [3.0 * unit, 70.0 * unit], 0.5, 5.0, unit**2 * prior.scale)
    here = GaussianMixture(2, prior=prior, random_state=0).fit(X)
    there = GaussianMixture(2, prior=other, random_state=0).fit(X * unit)
    assert_close(there.means_ / unit, here.means_, rtol=1e-9)
    pseudo = other.pseudo_moments(Full(), 2, X.mean(axis=0), np.eye(2), len(X))
    covariances = there.mixture_.covariances
    told = pseudo.log_density(there.weights_, there.means_, covariances.factors, covariances.frame)
    assert there.lower_bound_ == pytest.approx(there.score(X * unit) + told / len(X), abs=1e-6)


def test_copies_of_rows_and_weights_are_the_same():
    prior = ConjugatePrior(1.5, mean_precision=3.0)
    weighted = GaussianMixture(2, prior=prior, random_state=0).fit(X, sample_weight=np.full(len(X), 3.0))
    copies = GaussianMixture(2, prior=prior, random_state=0).fit(np.repeat(X, 3, axis=0))
    assert_close(weighted.means_, copies.means_, rtol=1e-6)
    assert weighted.lower_bound_ == pytest.approx(copies.lower_bound_)


def test_a_prior_keeps_few_rows_from_collapse():
    rows = X[:7]
    with quiet():
        model = GaussianMixture(6, prior="mclust", reg_covar=0, random_state=0).fit(rows)
    assert np.isfinite(model.score(rows))
    assert (np.linalg.eigvalsh(model.covariances_) > 1e-3).all()


@pytest.mark.parametrize("K", [1, 2, 4])
def test_large_tables(K):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((30_000, 2)) + 6.0 * rng.integers(0, 2, (30_000, 2))
    model = GaussianMixture(K, prior="mclust", random_state=0).fit(rows)
    plain = GaussianMixture(K, random_state=0).fit(rows)
    assert model.score(rows) == pytest.approx(plain.score(rows), abs=1e-3)


def test_scales_of_columns_are_no_matter():
    units = np.array([1e-3, 1e4])
    model = GaussianMixture(2, prior=ConjugatePrior(), random_state=0).fit(X)
    scaled = GaussianMixture(2, prior=ConjugatePrior(), random_state=0).fit(X * units)
    assert_close(scaled.means_ / units, model.means_, rtol=1e-6)


class Interrupt:
    """A callback that ends a fit as Ctrl-C does."""

    def __init__(self, after):
        self.left = after

    def __call__(self, step):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("name", ["conjugate", "all", "ratio"])
def test_an_interrupted_fit_continues_bit_by_bit(name, after, tmp_path):
    path, whole = tmp_path / "kept", fitted(name)
    model = GaussianMixture(2, random_state=0, callbacks=Interrupt(after), **OPTIONS[name])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, checkpoint=CheckpointFile(path, seconds=0))
    again = clone(model).set_params(callbacks=None)
    again.fit(X, checkpoint=CheckpointFile(path, seconds=0, resume=True))
    assert (again.means_ == whole.means_).all()
    assert again.lower_bound_ == whole.lower_bound_


@pytest.mark.parametrize("name", ["mclust", "equal weights", "a mean", "least weight"])
def test_replicates_have_the_same_restrictions(name):
    model = fitted(name)
    found = bootstrap(model, X, n_replicates=10, random_state=0)
    errors = found.standard_errors
    moved = errors.means.max(axis=1) > 0
    assert moved.tolist() == ([True, False] if name == "a mean" else [True, True])
    bound = name in ("equal weights", "least weight")  # the bound holds in all replicates
    assert (errors.weights < 1e-12).all() == bound


def test_files_are_read_with_a_prior(tmp_path):
    path = tmp_path / "geyser.csv"
    np.savetxt(path, X, delimiter=",", header="a,b", comments="", fmt="%.3f")
    for name in ("mclust", "a mean", "equal weights"):
        model = GaussianMixture(2, random_state=0, **OPTIONS[name]).fit(path)
        assert_close(model.means_, fitted(name).means_, rtol=1e-6)


def test_automatic_choice_with_a_prior():
    rows = X[::4]
    with quiet():
        model = GaussianMixture("auto", prior="mclust", random_state=0).fit(rows)
        again = GaussianMixture(model.mixture_.n_components, prior="mclust", random_state=0).fit(rows)
    assert model.bic(rows) == pytest.approx(min(found.bic for found in model.candidates_))
    assert model.lower_bound_ == pytest.approx(again.lower_bound_, abs=1e-4)


CONTRADICTIONS = {
    "no values": ({"fix": {"means": [0]}}, "fix['means'] keeps given values"),
    "a NaN": ({"fix": {"means": [0]}, "means_init": [UNKNOWN, [1.0, 2.0]]}, "component 0, whose given value"),
    "weights above one": ({"fix": {"weights": [0]}, "weights_init": [1.2, NAN]}, "too little"),
    "weights below one": ({"fix": {"weights": "all"}, "weights_init": [0.5, 0.4]}, "weights_init"),
    "below min_weight": (
        {"fix": {"weights": [0]}, "weights_init": [0.1, NAN], "min_weight": 0.2},
        "min_weight",
    ),
    "equal and others": ({"fix": {"weights": "equal"}, "weights_init": [0.3, 0.7]}, "'equal'"),
    "equal and least": ({"fix": {"weights": "equal"}, "min_weight": 0.1}, "'equal'"),
    "zero and others": ({"fix": {"means": "zero"}, "means_init": [[0.0, 1.0], [0.0, 0.0]]}, "'zero'"),
    "all the same": ({"fix": {"means": "shared"}, "covariance_type": "tied"}, "would be the same"),
    "loadings": ({"fix": {"covariances": [0]}, "covariance_type": "UUU-1"}, "give another family"),
    "factors": ({"max_eigenvalue_ratio": 3.0, "covariance_type": "UUU-1"}, "factor analysers"),
    "singular": (
        {"fix": {"covariances": [0]}, "precisions_init": [np.zeros((2, 2)), np.full((2, 2), NAN)]},
        "precisions",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_are_told_in_a_sentence(name):
    options, words = CONTRADICTIONS[name]
    with pytest.raises(InputError) as info:
        GaussianMixture(2, **options).fit(X)
    assert words in str(info.value)
    assert str(info.value).endswith(".")


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight_concentration": 0.5},
        {"weight_concentration": NAN},
        {"mean_precision": -1.0},
        {"mean_precision": np.inf},
        {"degrees_of_freedom": 0.0},
        {"degrees_of_freedom": 0.9},
        {"mean": [1.0, NAN]},
        {"mean": [1.0]},
        {"scale": -1.0},
        {"scale": [1.0, 2.0, 3.0]},
        {"scale": [[1.0, 2.0], [2.0, 1.0]]},
        {"scale": [[1.0, 0.5], [0.0, 1.0]]},
        {"mean_precision": "weak"},
    ],
)
def test_wrong_priors_are_told_in_a_sentence(wrong):
    with pytest.raises((InputError, InputTypeError)) as info:
        GaussianMixture(2, prior=ConjugatePrior(**wrong)).fit(X)
    assert next(iter(wrong)) in str(info.value)
    assert str(info.value).endswith(".")


@pytest.mark.parametrize("name", ["spherical", "tied-spherical"])
def test_the_scale_of_spherical_covariances_is_the_mean_of_its_diagonal(name):
    """Of an inverse Wishart density of equal variances, only the trace of the scale is left."""
    scale = np.array([[1.0, 0.7], [0.7, 5.0]])
    first, *others = (
        GaussianMixture(2, covariance_type=name, prior=ConjugatePrior(scale=S), random_state=0).fit(X)
        for S in (3.0, np.diagonal(scale), scale)
    )
    for other in others:
        assert_close(other.covariances_, first.covariances_, rtol=1e-9)


def test_the_scale_of_diagonal_covariances_is_its_diagonal():
    scale = np.array([[1.0, 0.7], [0.7, 5.0]])
    one, other = (
        GaussianMixture(2, covariance_type="diag", prior=ConjugatePrior(scale=S), random_state=0).fit(X)
        for S in (np.diagonal(scale), scale)
    )
    assert_close(other.covariances_, one.covariances_, rtol=1e-12)


def test_priors_are_values():
    one, other = ConjugatePrior(scale=[[1.0, 0.0], [0.0, 2.0]]), ConjugatePrior(scale=np.diag([1.0, 2.0]))
    assert one == other
    assert hash(one) == hash(other)
    assert one != ConjugatePrior()
    assert ConjugatePrior() != MclustPrior()
    assert repr(one) == "ConjugatePrior(scale=[[1.0, 0.0], [0.0, 2.0]])"
    assert repr(MclustPrior(mean_precision=1.0)) == "MclustPrior(mean_precision=1.0)"
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(ValueError, match="read-only"):
        one.scale[0, 0] = 5.0


def test_one_covariance_has_one_prior():
    conjugate = ConjugatePrior(degrees_of_freedom=7.0)
    separate, common = (
        conjugate.pseudo_moments(family, 5, np.zeros(3), np.eye(3)) for family in (Full(), Tied(Full()))
    )
    assert_close(separate.covariance_counts, np.full(5, 12.0))
    assert common.covariance_counts.sum() == pytest.approx(7.0 + 4.0 + 5.0)
    assert_close(common.scatter.sum(axis=0), separate.scatter[0])
