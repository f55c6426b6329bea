"""Collectors: what they are foretold to gain is gained, and only tails and noise call for one."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
from gaussmix.fitting import Budget
from gaussmix.fitting.search.candidates import Trials, after
from gaussmix.fitting.search.climb import Climber
from gaussmix.fitting.search.collector import collector, collectors
from gaussmix.fitting.search.memory import Identities
from gaussmix.priors import AddToDiagonal

from .tables import CENTRES, FAMILY, OWN, SHARED, four_clusters, heavy_tailed, misplaced, table_of


def tails(n=2000, seed=0):
    """Rows of four clusters whose tails are those of t with three degrees of freedom."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, 2)) / np.sqrt(rng.chisquare(3, (n, 1)) / 3)
    return 4 * CENTRES[rng.integers(0, 4, n)] + rows


def settled(table, start):
    """The view of what EM makes of a mixture."""
    climber = Climber(table)
    return climber.view(climber.settle(start, 200, 0.001))


def one_each(n_on_first, family):
    """A mixture with components on the four clusters, and some more on the first."""
    means = np.concatenate([4 * CENTRES, 4 * CENTRES[:1] + np.arange(1, n_on_first)[:, None] * [0.5, 0.5]])
    K = len(means)
    dense = np.repeat(2 * np.eye(2)[None], K, axis=0)
    return Mixture.of(np.full(K, 1 / K), means, family.from_dense(dense, np.full(K, 1 / K)))


def changes(table, view):
    K = view.mixture.n_components
    mergers = Trials(table, Identities(K), np.random.default_rng(0)).mergers(view)
    return collectors(table, view, collector(table, view), mergers)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("weighted", [False, True])
def test_all_rows_gain_no_less_than_is_foretold(name, weighted):
    X = tails()
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(X)) if weighted else None
    table = table_of(X, FAMILY[name], weights, K=5)
    view = settled(table, one_each(2, FAMILY[name]))
    found = changes(table, view)
    nets = [candidate.net for candidate in found]
    assert nets == sorted(nets, reverse=True)
    for candidate in found:
        assert candidate.kind == "gathering"
        assert not candidate.is_local
        changed = after(table, view.mixture, [candidate])
        assert changed.n_components == 5
        assert changed.weights.sum() == pytest.approx(1.0)
        if len(candidate.removed) == 1:  # two gains of different rows are not quite their sum
            gain = Climber(table).view(changed).objective - view.objective
            assert gain >= candidate.gain - 1e-6 * table.total_weight


@pytest.mark.parametrize("name", OWN)
def test_the_formula_of_its_gain(name):
    table = table_of(tails(), FAMILY[name], K=4)
    view = settled(table, one_each(1, FAMILY[name]))
    part, gain = collector(table, view)
    share = part.weights / (1 + part.weights)
    mixture = view.mixture
    beside = Mixture.of(
        np.append((1 - share) * mixture.weights, share),
        np.concatenate([mixture.means, part.means]),
        FAMILY[name].from_dense(
            np.concatenate([mixture.covariances.dense(), part.covariances.dense()]), np.ones(5)
        ),
    )
    assert gain == pytest.approx(Climber(table).view(beside).objective - view.objective, rel=0.05)
    assert gain > 100


def test_it_gathers_the_tails_of_all_clusters():
    X = tails()
    table = table_of(X, K=5)
    view = settled(table, one_each(2, FAMILY["full"]))
    best = changes(table, view)[0]
    broad = best.parts[0]
    assert best.net > 100
    # The clusters lie 36 apart, and are about 1 wide.
    assert np.linalg.eigvalsh(broad.covariances.dense()[0]).min() > 10**2


def test_one_that_is_there_already_is_not_put_in_its_own_place():
    table = table_of(tails(), K=5)
    view = settled(table, one_each(1, FAMILY["full"]))
    part, _ = collector(table, view)
    mixture = view.mixture
    dense = np.concatenate([mixture.covariances.dense(), part.covariances.dense()])
    means, weights = np.concatenate([mixture.means, part.means]), np.append(mixture.weights, part.weights)
    there = settled(
        table, Mixture.of(weights / weights.sum(), means, FAMILY["full"].from_dense(dense, weights))
    )
    assert there.objective > view.objective + 100
    assert all(told.removed != (4,) for told in changes(table, there))


def test_clusters_without_tails_need_none():
    X, _ = four_clusters(2000)
    table = table_of(X, K=4)
    view = settled(table, misplaced())
    right = Climber(table)
    best = right.view(right.settle(Mixture(np.full(4, 0.25), CENTRES, [np.diag([1.0, 0.5])] * 4), 100, 0.001))
    assert view.objective < best.objective - 100
    assert collector(table, best)[1] < best.mixture.n_parameters / 4
    assert all(told.net < -100 for told in changes(table, best))


@pytest.mark.parametrize("name", SHARED)
def test_none_where_components_share_a_covariance(name):
    table = table_of(tails(), FAMILY[name], K=4)
    assert collector(table, settled(table, one_each(1, FAMILY[name]))) == (None, -np.inf)


def test_none_for_few_rows():
    few = table_of(tails(400), K=4)
    assert collector(few, settled(few, one_each(1, FAMILY["full"]))) == (None, -np.inf)


def test_none_where_the_worst_rows_are_one_row():
    X = np.concatenate([four_clusters(2000)[0], np.full((200, 2), 90.0)])
    table = table_of(X, K=4, prior=AddToDiagonal(0.0))
    view = Climber(table).view(Mixture(np.full(4, 0.25), CENTRES, [np.eye(2)] * 4))
    assert collector(table, view) == (None, -np.inf)


def test_the_search_takes_one_and_tells_of_it(monkeypatch):
    X = heavy_tailed(3000, 2, seed=8, K=4)
    model = GaussianMixture(4, random_state=0).fit(X)
    told = [event for event in model.trace_.search.events if event.kind == "gathering" and event.taken]
    assert told
    assert told[0].words.endswith("gathers what is explained worst")
    assert told[0].gain > 50
    monkeypatch.setattr("gaussmix.fitting.search.exchange.collectors", lambda *about: [])
    without = GaussianMixture(4, random_state=0, search=Budget(runs=1)).fit(X)
    assert model.score(X) >= without.score(X) - 1e-9
