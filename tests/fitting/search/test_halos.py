"""Halos: the broadest component about each one that it reaches, and the top that plain EM does not go to."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
from gaussmix.fitting.search.candidates import after
from gaussmix.fitting.search.climb import Climber
from gaussmix.fitting.search.halos import halos

from .tables import CENTRES, FAMILY, OWN, four_clusters, heavy_tailed, table_of


def with_a_broad_one(family):
    """Four clusters, a broad component among the first three, and one far away from it."""
    means = np.concatenate([CENTRES, [[3.0, 3.0]], [[300.0, 0.0]]])
    dense = np.array([*[np.eye(2)] * 4, 30.0 * np.eye(2), np.eye(2)])
    weights = np.array([0.2, 0.2, 0.2, 0.2, 0.1, 0.1])
    return Mixture.of(weights, means, family.from_dense(dense, weights))


@pytest.mark.parametrize("name", OWN)
def test_the_broadest_is_set_about_all_that_it_reaches(name):
    X, _ = four_clusters(1500)
    table = table_of(X, FAMILY[name], K=6)
    view = Climber(table).view(with_a_broad_one(FAMILY[name]))
    found = halos(table, view)
    assert {candidate.removed for candidate in found} == {(4,)}
    assert found[0].parts[0].means[0].tolist() == [0.0, 0.0]  # the nearest
    assert sorted(candidate.parts[0].means[0].tolist() for candidate in found) == sorted(CENTRES.tolist())
    for candidate in found:
        assert not candidate.is_local
        np.testing.assert_allclose(candidate.parts[0].covariances.dense()[0], 9 * np.eye(2))
        assert after(table, view.mixture, [candidate]).n_components == 6


def test_the_search_finds_a_top_that_exchanges_do_not_lead_to(monkeypatch):
    X = heavy_tailed(3000, 4, seed=10)
    model = GaussianMixture(5, random_state=0).fit(X)
    kinds = {event.kind for event in model.trace_.search.events if event.taken}
    assert "halo" in kinds
    monkeypatch.setattr("gaussmix.fitting.search.exchange.halos", lambda table, view: [])
    without = GaussianMixture(5, random_state=0).fit(X)
    assert model.score(X) > without.score(X) + 0.05
