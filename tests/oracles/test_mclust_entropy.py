"""Entropies of fitted mixtures by EntropyGMM of mclustAddons (R): the mean of −log p over the rows."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture

from .tables import measurements

# EntropyGMM of densityMclust's choice: EEE,3 for faithful, VEV,2 for iris.
ENTROPIES = [("faithful", "EEE", 3, 4.140889), ("iris", "VEV", 2, 1.438173)]


@pytest.mark.parametrize(("table", "family", "K", "entropy"), ENTROPIES)
def test_entropy_of_a_fit(table, family, K, entropy):
    X, _ = measurements(table)
    model = GaussianMixture(K, covariance_type=family, random_state=0).fit(X)
    # mclust stops EM earlier, and so at a larger value.
    assert -model.score(X) == pytest.approx(entropy, abs=1e-4)
    assert -model.score(X) <= entropy + 1e-6


def test_entropy_of_a_known_mixture():
    mixture = Mixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0])
    x = np.linspace(-14.0, 14.0, 20_001)[:, None]
    value = -np.trapezoid(mixture.pdf(x) * mixture.log_prob(x), x[:, 0])
    # The page of EntropyGMM prints 2.051939; the trapezoidal rule is exact to rounding here.
    assert value == pytest.approx(2.051939, abs=5e-4)
    X, _ = mixture.sample(200_000, random_state=0)
    assert -mixture.log_prob(X).mean() == pytest.approx(value, abs=0.006)
