"""Default fits with a prior and fixed parameters beside options of the rows, held against EM written row by row."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import ConjugatePrior, GaussianMixture

from ..laws.row_by_row import Parameters, Prior, Rules, e_step, m_step, objective
from ..support import quiet
from .test_combinations import D, K, problem, reference

SUBSETS = [
    (),
    ("weights", "holes"),
    ("errors",),
    ("labels", "noise"),
    ("weights", "errors", "labels"),
    ("holes", "noise"),
]
NAN = [np.nan] * D


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("options", SUBSETS, ids=lambda options: "+".join(options) or "plain")
def test_further_iterations_row_by_row_gain_nothing(options, fixed):
    X, known, volume = problem(options)
    prior = ConjugatePrior(2.0, [1.0, 1.0], 0.5, 5.0, 2.0)
    fix = {"fix": {"means": [1]}, "means_init": [NAN, [6.0, 4.0]]} if fixed else {}
    with quiet():
        model = GaussianMixture(K, prior=prior, noise_component=volume, random_state=0, **fix).fit(X, **known)
    bounds = np.array(model.lower_bounds_)
    assert (np.diff(bounds) >= -1e-9 * np.abs(bounds[:-1])).all()
    if fixed:
        assert (model.means_[1] == [6.0, 4.0]).all()
    rows, rules, p = reference(model, X, known)
    held = Rules(np.array([False, fixed]), rules.widths, Prior(2.0, np.ones(D), 0.5, 5.0, 2.0 * np.eye(D)))
    assert isinstance(p, Parameters)
    values = [objective(p, rows, held)]
    for _ in range(3):
        p = m_step(e_step(p, rows, held), held, p)
        values.append(objective(p, rows, held))
    total = rows.weights.sum()
    assert values[0] / total == pytest.approx(model.lower_bound_, abs=1e-5)
    assert (np.diff(values) >= -1e-8 * np.abs(values[0])).all()
    assert values[-1] - values[0] < 1e-4 * total
