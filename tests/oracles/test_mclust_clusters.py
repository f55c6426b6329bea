"""R's mclust and mclustAddons: components combined by entropy, and modal clustering, of mixtures that mclust fitted."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, combine, modal_clustering

from .baudry import EXAMPLES, example
from .tables import rows_of

# clustCombiOptim() of mclust 6.0.0; ex4.1 to ex4.4.2 of Baudry et al. (2010) have 4, 5, 2, 3, 2 there.
OPTIMA = dict(zip(EXAMPLES, (4, 5, 2, 3, 2), strict=True))


@pytest.mark.parametrize("name", EXAMPLES)
def test_entropies_labels_and_number_of_clusters(name):
    X, mixture = example(name)
    combined = combine(mixture, X)
    lines = [row for row in rows_of("baudry_entropies") if row["example"] == name]
    # mclust's responsibilities are those of the last E-step, before the parameters that it returns.
    expected = [float(line["entropy"]) for line in lines]
    np.testing.assert_allclose(combined.entropies, expected, rtol=1e-2, atol=1e-6)
    for line in lines:
        sizes = np.bincount(combined.labels(int(line["n_clusters"])))
        assert sorted(sizes.tolist()) == [int(size) for size in line["sizes"].split()]
    assert combined.n_clusters == OPTIMA[name]


@pytest.mark.parametrize(
    ("name", "modes", "sizes"),
    [
        # MclustMEM() of mclustAddons.
        (
            "ex4.1",
            [[8.067, -0.018], [8.074, 4.985], [1.106, 4.972], [-0.016, 0.065]],
            [118, 122, 228, 132],
        ),
        ("ex4.4.2", None, [78, 222]),
    ],
)
def test_modes_and_their_rows(name, modes, sizes):
    X, mixture = example(name)
    found = modal_clustering(mixture, X)
    assert np.bincount(found.labels).tolist() == sizes
    if modes is not None:
        np.testing.assert_allclose(found.modes, modes, atol=6e-4)


@pytest.mark.parametrize(
    ("name", "model", "K", "bic", "icl"),
    # Mclust() of mclust 6.0.0, and the ICL of its me() to a tolerance of 1e-14 from there; higher is better.
    [
        ("ex4.1", "EEV", 6, -4075.484409, -4248.730030),
        ("ex4.2", "EEV", 7, -4031.86664, -4198.463813),
        ("ex4.3", "VII", 2, -1279.758994, -1288.126569),
        ("ex4.4.1", "VVI", 4, -8598.00608, -8731.044188),
        ("ex4.4.2", "EVI", 3, 910.1551494, 878.376080),
    ],
)
def test_our_own_fits_have_the_same_number_of_clusters(name, model, K, bic, icl):
    X, _ = example(name)
    # The entropy of an ICL converges far later than the likelihood.
    fit = GaussianMixture(K, covariance_type=model, tol=1e-12, max_iter=1000, random_state=0).fit(X)
    assert -fit.bic(X) >= bic - 1e-2
    assert -fit.icl(X) == pytest.approx(icl, abs=2e-3)
    assert combine(fit, X).n_clusters == OPTIMA[name]
