"""R's mclust from the same start: log-likelihood, number of parameters, BIC; and values that it published."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.blocks import Block
from gaussmix.covariances.constraints import NoConstraint
from gaussmix.em import given_step, m_step
from gaussmix.engines import SerialEngine
from gaussmix.estimators.options import family_of
from gaussmix.fitting import BatchEM, Problem, RelativeChange, run_loop
from gaussmix.model import Model
from gaussmix.sources import ArraySource

from ..support import fit
from .tables import measurements, rows_of

REFERENCE = [tuple(row.values()) for row in rows_of("mclust_me")]


def plain_em(X, labels, family, tol=1e-13):
    """EM from labels, as mclust's me(): an M-step first, no constraint, to a relative change of ``tol``."""
    K = labels.max() + 1
    centre = np.tile(X.mean(axis=0), (K, 1))
    moments = given_step(np.eye(K)[labels], Block(X), centre, family.frame)
    problem = Problem(ArraySource(X), Model(family, NoConstraint()), SerialEngine())
    start = m_step(moments.recentre(moments.means()), Model(family))
    return run_loop(BatchEM(problem), start, stop=RelativeChange(tol), max_iter=20_000)


@pytest.mark.parametrize(("table", "n", "D", "K", "model", "log_likelihood", "nu", "bic"), REFERENCE)
def test_me_from_the_true_labels(table, n, D, K, model, log_likelihood, nu, bic):
    X, labels = measurements(table)
    assert (*X.shape, labels.max() + 1) == (int(n), int(D), int(K))
    result = plain_em(X, labels, family_of(model))
    assert result.trace.status == "converged", result.trace.message
    found = result.mixture.log_prob(X).sum()
    assert result.mixture.n_parameters == int(nu)
    if model in ("EVE", "VVE"):
        # Their M-step has several maxima, and mclust's need not be the highest.
        assert found >= float(log_likelihood) - 1e-3
        return
    assert found == pytest.approx(float(log_likelihood), rel=1e-6)
    assert 2 * found - result.mixture.n_parameters * np.log(len(X)) == pytest.approx(float(bic), rel=1e-6)


@pytest.mark.parametrize(
    ("covariance_type", "log_likelihood"),
    # The optimum from eruptions > 3, on which mclust 6.0.0, scikit-learn, Armadillo and mlpack agree.
    [("full", -1130.26396018), ("diag", -1147.80635254)],
)
def test_old_faithful_by_default(covariance_type, log_likelihood):
    X, _ = measurements("faithful")
    model = fit(X, 2, covariance_type=covariance_type, search="auto", acceleration="auto", tol=1e-12)
    assert model.score(X) * len(X) == pytest.approx(log_likelihood, abs=1e-6)


def test_acidity_e2():
    # Scrucca et al. (2016), vignette of mclust 6.1.3: model E with two components.
    X = np.array([[float(row["acidity"])] for row in rows_of("acidity")])
    model = fit(X, 2, covariance_type="tied", tol=1e-12, max_iter=10_000)
    assert model.score(X) * len(X) == pytest.approx(-185.9493, abs=5e-4)
    assert model.mixture_.n_parameters == 4
    assert -model.bic(X) == pytest.approx(-392.0723, abs=1e-3)
    assert -model.icl(X) == pytest.approx(
        -398.5554, abs=2e-2
    )  # ICL moves to first order with the parameters.


def test_faithful_eee3():
    # The same vignette: EEE with three components, log-likelihood and BIC to reach or exceed
    # (it stops early); ICL by its formula, on the mixture found here.
    X, _ = measurements("faithful")
    model = fit(X, 3, covariance_type="tied", n_init=10, tol=1e-12, max_iter=10_000)
    total = model.score(X) * len(X)
    assert total >= -1126.326 - 1e-3
    assert model.mixture_.n_parameters == 11
    assert -model.bic(X) >= -2314.316 - 2e-3
    map_entropy = np.log(model.predict_proba(X).max(axis=1)).sum()
    assert model.icl(X) == pytest.approx(-2 * total + 11 * np.log(272) - 2 * map_entropy, rel=1e-12)


def test_diabetes_vvv3():
    # mclust on the table as it ships it: VVV,3, log-likelihood −2303.496 at its own, looser tolerance.
    X, labels = measurements("diabetes")
    result = plain_em(X, labels, family_of("full"))
    assert result.mixture.log_prob(X).sum() >= -2303.496 - 1e-3
