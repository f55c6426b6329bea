"""Weights, missing values, measurement errors, labels and a noise component, in every combination and family.

Each fit, by the default search, is held against EM written row by row (``tests/laws/row_by_row.py``).

What is refused, and why:

- A row with an infinite value: its density is zero under every mixture.
- A column without any value: its mean and variance have no maximum of the likelihood.
- A noise component where a column is constant: the region of the data has no volume.
"""

from __future__ import annotations

import pickle
from itertools import chain, combinations, cycle

import numpy as np
import pytest
from sklearn.base import clone

import gaussmix
from gaussmix import GaussianMixture
from gaussmix.covariances import family_named

from ..laws.row_by_row import Parameters, Rows, Rules, e_step, m_step
from ..support import assert_close

K, D, N = 2, 2, 78
OPTIONS = ("weights", "holes", "errors", "labels", "noise")
SUBSETS = list(chain.from_iterable(combinations(OPTIONS, size) for size in range(len(OPTIONS) + 1)))
FAMILIES = ("full", "diag", "tied", "spherical")
MODELS = ("VEI", "EVI", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV")
"""Families that share a part of the covariances: each with some of the subsets."""
CENTRES = np.array([[0.0, 0.0], [6.0, 4.0]])


def problem(options):
    """Rows, the arguments of ``fit`` beside them, and the volume of the box around them."""
    rng = np.random.default_rng([OPTIONS.index(option) for option in options])
    truth = rng.integers(0, K, N)
    X = CENTRES[truth] + rng.standard_normal((N, D)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    known = {}
    if "noise" in options:
        X[:7] = rng.uniform([-8.0, -9.0], [14.0, 13.0], (7, D))
        truth[:7] = -1
    if "weights" in options:
        known["sample_weight"] = rng.uniform(0.0, 2.0, N) * (rng.random(N) < 0.9)
    if "errors" in options:
        roots = 0.4 * rng.standard_normal((N, D, D))
        known["noise"] = roots @ roots.swapaxes(1, 2)
        X = X + (roots @ rng.standard_normal((N, D, 1)))[:, :, 0]
    if "labels" in options:
        known["labels"] = np.where(rng.random(N) < 0.3, truth, -1)
    if "holes" in options:
        X = np.where(rng.random((N, D)) < 0.2, np.nan, X)
        X[10] = np.nan
    volume = float(np.prod(np.nanmax(X, axis=0) - np.nanmin(X, axis=0)))
    return X, known, volume if "noise" in options else False


def fitted(options, family):
    """A model with the default search, and its problem."""
    X, known, volume = problem(options)
    model = GaussianMixture(K, covariance_type=family, noise_component=volume, random_state=0)
    return model.fit(X, **known), X, known


def flags(labels):
    """Allowed components of each row, and whether the uniform part is."""
    return np.where(labels[:, None] < 0, True, labels[:, None] == np.arange(K + 1))


def reference(model, X, known):
    """The same problem for EM row by row."""
    errors = known.get("noise")
    allowed = flags(known["labels"]) if "labels" in known else None
    rows = Rows.of(X, K, known.get("sample_weight"), errors, allowed)
    mixture = model.mixture_
    uniform = 0.0 if mixture.uniform is None else mixture.uniform.weight
    p = Parameters(mixture.weights, mixture.means, mixture.covariances.dense(), uniform)
    widths = np.nanmax(X, axis=0) - np.nanmin(X, axis=0)
    return rows, Rules(np.zeros(K, dtype=bool), widths), p


def within(family, p, before):
    """The maximum of the expected log-likelihood within a family, from that of full covariances."""
    covariances = p.covariances
    if family == "diag":
        covariances = np.array([np.diag(np.diag(S)) for S in covariances])
    if family == "spherical":
        covariances = np.array([np.eye(D) * np.trace(S) / D for S in covariances])
    if family == "tied":
        shares = p.weights / p.weights.sum()
        covariances = np.tile(np.einsum("k,kij->ij", shares, covariances), (K, 1, 1))
    if family in MODELS:
        member, weights = family_named(family), p.weights[:, None, None]
        framed = member.frame.of_dense(covariances * weights)
        start = member.from_dense(before.covariances, before.weights)
        covariances = member.maximum_likelihood(framed, p.weights, start).dense()
    return Parameters(p.weights, p.means, covariances, p.uniform)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("options", SUBSETS, ids=lambda options: "+".join(options) or "plain")
def test_fit_and_use(options, family, tmp_path):
    model, X, known = fitted(options, family)
    bounds = np.array(model.lower_bounds_)
    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[:-1])).all()
    assert model.converged_
    check_reference(model, X, known, family)
    check_use(model, X, known, tmp_path)


@pytest.mark.parametrize(("options", "family"), list(zip(SUBSETS, cycle(MODELS), strict=False)))
def test_families_that_share_a_part(options, family, tmp_path):
    test_fit_and_use(options, family, tmp_path)


def check_reference(model, X, known, family):
    """Further iterations row by row gain nothing, and the score is the reference's log-likelihood."""
    rows, rules, p = reference(model, X, known)
    total = rows.weights.sum()
    before = e_step(p, rows, rules)
    assert before.log_likelihood / total == pytest.approx(model.lower_bound_, abs=1e-5)
    values, sums = [before.log_likelihood], before
    for _ in range(3):
        p = within(family, m_step(sums, rules, p), p)
        sums = e_step(p, rows, rules)
        values.append(sums.log_likelihood)
    assert (np.diff(values) >= -1e-8 * np.abs(values[0])).all()
    assert values[-1] - values[0] < 1e-5 * total
    unlabelled = Rows.of(X, K, rows.weights, rows.noise)
    _, _, p = reference(model, X, known)
    sums = e_step(p, unlabelled, rules)
    spoken = {name: value for name, value in known.items() if name != "labels"}
    assert model.score(X, **spoken) * total == pytest.approx(sums.log_likelihood, rel=1e-9)
    r = np.array(sums.responsibilities)[:, : K + (model.mixture_.uniform is not None)]
    errors = [known["noise"]] if "noise" in known else []
    assert_close(model.predict_proba(X, *errors), r, rtol=1e-6, atol=1e-9)
    if "labels" in known:
        centres = model.means_ - CENTRES
        assert (np.abs(centres) < 1.5).all()


def check_use(model, X, known, tmp_path):
    """Every method answers for the same rows, and copies of the model answer alike."""
    errors = [known["noise"]] if "noise" in known else []
    proba, labels = model.predict_proba(X, *errors), model.predict(X, *errors)
    chosen = proba.argmax(axis=1)
    assert (labels == np.where(chosen == K, -1, chosen)).all()
    assert_close(proba.sum(axis=1), np.ones(N), rtol=1e-12)
    log_densities = model.score_samples(X, *errors)
    assert np.isfinite(log_densities).all()
    weights = known.get("sample_weight", np.ones(N))
    spoken = {name: value for name, value in known.items() if name != "labels"}
    assert weights @ log_densities / weights.sum() == pytest.approx(model.score(X, **spoken), rel=1e-12)
    imputed, missing = model.impute(X, noise=known.get("noise")), np.isnan(X)
    assert np.isfinite(imputed).all()
    assert (imputed[~missing] == X[~missing]).all()
    denoised = model.denoise(X, known.get("noise", np.zeros_like(X)))
    assert_close(denoised[missing], imputed[missing], rtol=1e-12)
    assert model.impute(X, draws=2).shape == (2, N, D)
    assert ((model.outlier_score(X, *errors) >= 0) & (model.outlier_score(X, *errors) <= 1)).all()
    drawn, made_by = model.sample(50)
    assert drawn.shape == (50, D)
    assert set(made_by) <= set(range(-1 if model.noise_component else 0, K))
    model.save(tmp_path / "model.safetensors")
    loaded = gaussmix.load(tmp_path / "model.safetensors")
    for copy in (loaded, pickle.loads(pickle.dumps(model))):
        assert (copy.score_samples(X, *errors) == log_densities).all()
        assert (copy.predict(X, *errors) == labels).all()
    again = clone(model).fit(X, **known)
    assert (again.means_ == model.means_).all()
    assert (again.predict_proba(X, *errors) == proba).all()


REFUSED = {
    "infinity": (lambda X: np.where(np.arange(N)[:, None] == 3, np.inf, X), False, r"X\[3, 0\] is infinity"),
    "no value": (lambda X: np.where([True, False], X, np.nan), False, "column 1 .* has no value"),
    "no volume": (
        lambda X: np.where([True, False], X, 3.0),
        True,
        r"column 1 is constant \(3\), so that the volume",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("options", [s for s in SUBSETS if "noise" not in s], ids="+".join)
def test_what_is_refused(name, options):
    X, known, _ = problem(options)
    change, noise_component, message = REFUSED[name]
    with pytest.raises(gaussmix.errors.InputError, match=message):
        GaussianMixture(K, noise_component=noise_component).fit(change(X), **known)
