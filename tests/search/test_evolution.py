"""The search by a population: its price, its end, what it finds and what it records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.real.drawn import far

from gaussmix import GaussianMixture, datasets
from gaussmix.search import Budget
from gaussmix.search.batched_em import Runs
from gaussmix.search.costs import most_passes
from gaussmix.search.local_em import LocalEM
from gaussmix.search.population import effort as prices
from gaussmix.search.population import evolution as module
from gaussmix.search.population import population as populations
from gaussmix.search.population.effort import Effort
from gaussmix.search.population.evolution import evolved, local_maximum
from gaussmix.search.population.starts import Starts
from gaussmix.search.recorder import SearchRecorder
from gaussmix.starts import START_METHODS, mixture_of_responsibilities

from ..support import NAMES, clusters, quiet
from .tables import CENTRES, FAMILY, four_clusters, misplaced, table_of

all_names = pytest.mark.parametrize("name", NAMES)


def effort_for(data, K, price=40.0, patience=16, factor=1):
    """The effort within the cost of some plain fits of seven iterations."""
    return Effort.within(most_passes(data, K, price, 7), data, K, patience, factor)


def searched(data, K, seed=0, effort=None, watcher=None, start=None):
    """A search of a table: where EM counted its passes, the end, and what was recorded."""
    local_em, rng = LocalEM(data), np.random.default_rng(seed)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, watcher)
    if start is None:
        start = mixture_of_responsibilities(data.rows, START_METHODS["kmeans"](data.rows, K, rng), data.model)
    found = evolved(local_em, local_maximum(local_em, start), effort or effort_for(data, K), rng, recorder)
    return local_em, found.end, recorder


def uniform(name, n=200):
    return table_of(np.random.default_rng(5).uniform(size=(n, 2)), FAMILY[name], K=6)


@all_names
def test_numbers_are_within_their_bounds(name):
    for n, K, D in ((100, 2, 2), (300, 6, 3), (3000, 3, 10), (2000, 8, 5)):
        data = table_of(clusters(np.random.default_rng(0), n, 3, D), FAMILY[name], K=K)
        effort = effort_for(data, K)
        assert 3 <= effort.starts <= prices.MOST_STARTS
        assert 6 <= effort.children <= prices.MOST_CHILDREN


@all_names
def test_a_small_budget_has_fewer_starts_and_children(name):
    data = table_of(clusters(np.random.default_rng(0), 400, 3, 8), FAMILY[name], K=3)
    few, many = (Effort.within(passes, data, 3) for passes in (-10.0, 2_000.0))
    assert 3 <= few.starts < many.starts == prices.MOST_STARTS
    assert 6 <= few.children < many.children == prices.MOST_CHILDREN


def test_few_rows_for_each_parameter_are_given_starts_alone():
    data = table_of(clusters(np.random.default_rng(0), 60, 3, 6), FAMILY["full"], K=3)
    assert effort_for(data, 3).starts == prices.FEW_STARTS
    assert effort_for(data, 3).passes == 0
    assert effort_for(replace(data, likelihood=True), 3).passes > 0
    _, end, recorder = searched(data, 3)
    assert [event.kind for event in recorder.events] == ["start", "converged"]
    assert np.isfinite(end.objective)


@all_names
def test_clusters_that_stand_apart_are_clear(name):
    data = table_of(four_clusters(400)[0], FAMILY[name], K=4)
    _, end, _ = searched(data, 4)
    assert end.decided
    assert np.linalg.norm(end.mixture.means[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4


@all_names
def test_starts_that_agree_end_a_search(name, monkeypatch):
    monkeypatch.setattr(prices, "RETURNS", 2)
    data = table_of(four_clusters(400)[0], FAMILY[name], K=4)
    _, end, recorder = searched(data, 4)
    assert end.decided
    assert [event.kind for event in recorder.events] == ["start", "converged"]


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_generations_lose_nothing(name, seed):
    data = uniform(name)
    local_em, end, recorder = searched(data, 6, seed)
    effort = effort_for(data, 6)
    first = recorder.events[0]
    if data.nondegenerate(first.mixture):
        assert end.nondegenerate
        assert end.objective >= first.log_likelihood * data.total_weight - 1e-6
    assert end.nondegenerate == data.nondegenerate(end.mixture)
    assert end.objective == pytest.approx(local_em.expectation(end.mixture).objective, rel=1e-12)
    assert local_em.passes < effort.passes + module.PLAIN + module.COMPARED * module.LAST


@all_names
def test_a_search_is_the_same_twice(name):
    runs = [searched(uniform(name), 6, seed=3) for _ in range(2)]
    assert runs[0][1].mixture == runs[1][1].mixture
    named = [[(e.kind, e.passes, e.gain, e.taken) for e in run[2].events] for run in runs]
    assert named[0] == named[1]
    assert len(named[0]) > 1


def only(mixture):
    """Starts that are all the same mixture, in the place of those from partitions."""

    def runs(self, more, rng):
        run = Runs.of_mixture(self.data, mixture, LocalEM(self.data).expectation(mixture).objective)
        return run.take(np.zeros(more, dtype=int))

    return runs


@all_names
def test_crossovers_mend_what_starts_miss(name, monkeypatch):
    """From starts that all put two components on one cluster, and one on two others."""
    data = table_of(four_clusters(600)[0], FAMILY[name], K=4)
    poor = LocalEM(data).run(misplaced(FAMILY[name]), 300)[0]
    assert np.linalg.norm(poor.means[:, None] - CENTRES, axis=2).min(axis=0).max() > 4.0
    monkeypatch.setattr(Starts, "runs", only(poor))
    monkeypatch.setattr(prices, "RETURNS", 10_000)
    _, end, recorder = searched(data, 4, start=poor)
    assert np.linalg.norm(end.mixture.means[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4
    assert any(event.taken for event in recorder.events[1:])


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_the_end_is_no_worse_than_that_of_the_given_start(name, seed, monkeypatch):
    """Also where no other start comes near it, and where crossovers stop at once."""
    data = table_of(four_clusters(300, seed)[0], FAMILY[name], K=4)
    poor = LocalEM(data).run(misplaced(FAMILY[name]), 300)[0]
    monkeypatch.setattr(Starts, "runs", only(poor))
    effort = replace(effort_for(data, 4), passes=0)
    rng = np.random.default_rng(seed)
    start = mixture_of_responsibilities(data.rows, START_METHODS["kmeans"](data.rows, 4, rng), data.model)
    _, end, _ = searched(data, 4, seed, effort, start=start)
    alone = LocalEM(data).run(start, 300)[0]
    assert end.objective >= LocalEM(data).expectation(alone).objective - 0.02


@all_names
def test_events_show_the_leader_with_components_in_their_places(name):
    data = uniform(name)
    _, end, recorder = searched(data, 6)
    before = recorder.events[0]
    for event in recorder.events[1:-1]:
        assert event.kind == "crossover"
        assert event.is_move
        assert event.words == "crossover"
        assert np.isnan(event.predicted)
        assert event.mixture.n_components == 6
        # EM goes on from the leader also where no child is taken.
        same = np.isclose(event.log_likelihood, before.log_likelihood, rtol=0.0, atol=1e-6)
        assert event.taken or same or event.mixture != before.mixture
        assert event.log_likelihood == pytest.approx(
            event.mixture.log_prob(data.X).mean(), abs=2.0 / len(data.X)
        )
        before = event
    last = recorder.events[-1]
    assert last.kind == "converged"
    assert last.log_likelihood * data.total_weight == pytest.approx(end.objective)
    assert last.mixture.log_prob(data.X).sum() == pytest.approx(end.objective)


@all_names
def test_two_components_get_new_starts_and_more_get_crossovers(name):
    for K, kind in ((2, "new_starts"), (3, "crossover")):
        _, _, recorder = searched(uniform(name), K)
        generations = recorder.events[1:-1]
        assert {event.kind for event in generations} <= {kind}
        assert {event.words for event in generations} <= {kind.replace("_", " ")}


def test_components_keep_their_places_where_little_changes():
    one = GaussianMixture(4, random_state=0, search="off").fit(four_clusters()[0]).mixture_
    data = table_of(four_clusters()[0])
    assert np.array_equal(populations.in_order_of(one, one.take([2, 0, 3, 1]), data).means, one.means)


@all_names
@pytest.mark.parametrize("at", [1, 2, 3])
def test_nothing_is_shown_to_a_watcher_that_has_seen_enough(name, at):
    seen = []
    _, end, recorder = searched(
        uniform(name), 6, watcher=lambda event: (seen.append(event), len(seen) == at)[1]
    )
    assert len(seen) == len(recorder.events) == at
    assert recorder.stopped
    assert not end.decided


@all_names
def test_where_every_other_start_fails_the_given_one_is_left(name, monkeypatch):
    data = uniform(name)
    plain = Starts.runs

    def fails(*given):
        runs = plain(*given)
        runs.objectives[:] = -np.inf
        return runs

    monkeypatch.setattr(Starts, "runs", fails)
    _, end, _ = searched(data, 6)
    assert end.mixture.family == FAMILY[name]
    assert np.isfinite(end.mixture.log_prob(data.X)).all()


@all_names
def test_an_unsound_leader_gives_way_to_the_best_sound_mixture(name, monkeypatch):
    monkeypatch.setattr(module, "COMPARED", populations.SIZE)
    data = uniform(name)
    _, plain, _ = searched(data, 6)
    banned = plain.objective - 0.05
    local_em = LocalEM(data)
    picky = replace(data, nondegenerate=lambda mixture: local_em.expectation(mixture).objective < banned)
    _, end, _ = searched(picky, 6)
    assert end.nondegenerate
    assert end.objective < banned
    assert not end.decided


@pytest.mark.parametrize("seed", range(5))
def test_a_gain_of_a_quarter_of_a_nat_is_found(seed):
    # Two optima lie 0.23 nats apart; the better one is what mclust finds with a start of its own choice, or better.
    X = datasets.load_faithful().data
    with quiet():
        model = GaussianMixture(4, covariance_type="tied-diag", random_state=seed).fit(X)
    assert model.score(X) * len(X) > -1125.37


@all_names
@pytest.mark.parametrize("K", [2, 3])
def test_heaps_of_equal_rows_are_searched(name, K):
    rng = np.random.default_rng(0)
    X = np.concatenate([np.repeat(rng.standard_normal((K, 2)), 20, axis=0), rng.standard_normal((10, 2))])
    _, end, _ = searched(table_of(X, FAMILY[name], K=K), K)
    assert end.mixture.n_components == K
    assert np.isfinite(end.objective)
    assert not (end.decided and not end.nondegenerate)


@all_names
def test_the_units_of_the_columns_do_not_matter(name):
    X = clusters(np.random.default_rng(2), 250, 4, 2)
    with quiet():
        one, other = (
            GaussianMixture(4, covariance_type=name, random_state=0).fit(rows) for rows in (X, 1e3 * X + 5.0)
        )
    assert one.score(X) == pytest.approx(other.score(1e3 * X + 5.0) + 2 * np.log(1e3), abs=1e-5)


def test_less_patience_makes_fewer_generations():
    data = uniform("full")
    effort = effort_for(data, 6)
    long, short = (searched(data, 6, effort=replace(effort, patience=most))[0].passes for most in (32, 2))
    assert short < long
    assert effort_for(data, 6, patience=2).patience == 2


def size_after(data, effort):
    """The number of mixtures in a population after twenty generations."""
    local_em, rng = LocalEM(data), np.random.default_rng(0)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes, None)
    starts = Starts(data, 6, prices.FIRST)
    population = populations.Population(local_em, starts, effort, recorder)
    population.begin(starts.runs(effort.starts, rng), False)
    for _ in range(20):
        population.advance(rng)
    return len(population.runs)


def test_a_thorough_search_doubles_the_numbers_of_a_population():
    data = uniform("full")
    usual, thorough = effort_for(data, 6), effort_for(data, 6, factor=2)
    assert thorough.patience == 2 * usual.patience
    assert thorough.returns == 2 * usual.returns
    assert Budget(thorough=True).price(6) == 24 * Budget().price(6)
    assert size_after(data, usual) == populations.SIZE < size_after(data, thorough) <= 2 * populations.SIZE


def test_a_search_by_likelihood_is_thorough():
    X = np.random.default_rng(5).uniform(size=(200, 2))
    with quiet():
        one, other, usual = (
            GaussianMixture(6, search=search, random_state=0).fit(X).trace_.search
            for search in ("likelihood", Budget(likelihood=True, thorough=True), Budget(likelihood=True))
        )
    assert one.passes == other.passes > usual.passes
    ends = [max(run.log_likelihood for run in trace.runs) for trace in (one, usual)]
    assert ends[0] > ends[1] - 1e-6


def absorbed(X, labels, K):
    """The fit by EM from a partition."""
    parts = [X[labels == k] for k in range(K)]
    options = {
        "weights_init": [len(part) / len(X) for part in parts],
        "means_init": [part.mean(axis=0) for part in parts],
        "precisions_init": [1.0 / part.var(axis=0).mean() for part in parts],
    }
    return GaussianMixture(K, covariance_type="spherical", search="off", **options).fit(X)


@pytest.mark.parametrize("seed", range(4))
def test_one_remote_row_does_not_hide_the_best_maximum(seed):
    K = 4
    X, labels = far(np.random.default_rng(12), 400, 3, K)
    with quiet():
        known = [absorbed(X, np.r_[k, labels[1:]], K) for k in range(K)]
    best = max(fit.score(X) for fit in known if fit.weights_.min() > 0.1)
    fit = GaussianMixture(K, covariance_type="spherical", random_state=seed).fit(X)
    assert fit.score(X) >= best - 1e-3


@pytest.mark.parametrize("n_small", [1, 2])
def test_groups_of_too_few_rows_are_lost_to_other_components(n_small):
    rng, sizes = np.random.default_rng(0), [200] * 4 + [5] * n_small
    centres = 12.0 * np.eye(len(sizes), 7)
    data = table_of(np.repeat(centres, sizes, axis=0) + rng.standard_normal((sum(sizes), 7)), K=len(sizes))
    nearest = np.linalg.norm(data.X[:, None] - centres, axis=2).argmin(axis=1)
    local_em = LocalEM(data)
    start = mixture_of_responsibilities(data.rows, np.eye(len(sizes))[nearest], data.model)
    plain = local_maximum(local_em, start)
    assert not plain.nondegenerate
    found = module.without_flaws(local_em, plain, rng)
    assert found.nondegenerate
    assert found.mixture.n_components == len(sizes)
    distances = np.linalg.norm(found.mixture.means[:, None] - centres[:4], axis=2).min(axis=0)
    assert (distances < 0.5).sum() >= 3


def test_a_group_of_fewer_rows_than_columns_leaves_the_other_components_as_they_are():
    truth = datasets.random_mixture(10, 20, random_state=506)
    X, labels = truth.sample(5000, random_state=506)
    assert np.bincount(labels).min() < 20
    with quiet():
        fit = GaussianMixture(10, random_state=6).fit(X)
    assert fit.score(X) > truth.log_prob(X).mean() - 0.5


def population_of(data, runs, returns=2):
    """A population that has begun with runs."""
    local_em = LocalEM(data)
    recorder = SearchRecorder(data.total_weight, lambda: local_em.passes)
    effort = replace(effort_for(data, 4), returns=returns)
    population = populations.Population(local_em, Starts(data, 4, prices.FIRST), effort, recorder)
    population.begin(runs, True)
    return population


def test_only_starts_at_the_maximum_of_the_best_one_count_as_returns():
    data = uniform("full")
    runs = Starts(data, 4, prices.FIRST).runs(24, np.random.default_rng(0))
    population = population_of(data, runs)
    near = np.abs(runs.objectives - population.best) < data.gain_tol
    assert population.returns == max(0, near.sum() - 1)


def test_a_degenerate_leader_is_not_confirmed(monkeypatch):
    data = table_of(four_clusters(400)[0], K=4)
    population = population_of(data, Starts(data, 4, prices.FIRST).runs(24, np.random.default_rng(0)))
    assert population.confirmed
    monkeypatch.setattr(type(data), "flaws", lambda data, weights, factors: np.ones(len(weights), dtype=int))
    assert not population.confirmed
