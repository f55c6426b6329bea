"""From a plan to a search and back: parts of large tables, callbacks, and what is not searched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from gaussmix import GaussianMixture, Mixture
from gaussmix.covariances import Diagonal, Full, Spherical
from gaussmix.covariances.constraints import Floor
from gaussmix.datasets import load_faithful, random_mixture
from gaussmix.errors import GaussmixError, InputError, SingularCovarianceError
from gaussmix.estimation import complete
from gaussmix.fitting.degeneracy import variances_of_rounding
from gaussmix.search import Budget, sampling
from gaussmix.search import all_rows as searching
from gaussmix.search.search_data import most_rows as rows_of_a_search
from gaussmix.starts import START_METHODS

from ..support import clusters, quiet
from .tables import four_clusters

X = clusters(np.random.default_rng(0), 400, 5, 2)


SEPARATED = "clear: k-means separates the components"


def fit(X=X, K=5, **options):
    with quiet():
        return GaussianMixture(K, **{"random_state": 0, **options}).fit(X)


def test_the_search_is_the_default():
    model = fit()
    assert model.trace_.search is not None
    assert "SearchTrace" in repr(model.trace_) or model.trace_.search.verdict in repr(model.trace_)
    assert len(model.trace_.runs) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"means_init": X[:5]},
        {"weights_init": np.full(5, 0.2)},
        {"precisions_init": np.tile(np.eye(2), (5, 1, 1))},
        {"init_params": X[:5]},
        {"init_params": np.arange(400) % 5},
        {"search": "off"},
        {"max_iter": 0},
    ],
    ids=lambda given: next(iter(given)),
)
def test_nothing_is_searched_where_a_start_is_given(given):
    model = fit(**given)
    assert model.trace_.search is None
    assert model.weights_.shape == (5,)


def test_a_fit_ends_at_least_where_the_search_did():
    model = fit()
    runs = model.trace_.search.runs
    assert model.score(X) >= max(run.log_likelihood for run in runs if not run.degenerate) - 1e-9


@pytest.mark.parametrize("n_init", [1, 3, 5])
def test_n_init_is_the_least_number_of_runs(n_init):
    assert len(fit(n_init=n_init).trace_.search.runs) >= n_init


def test_a_budget_of_runs():
    model = fit(search=Budget(runs=2))
    assert len(model.trace_.search.runs) <= 2
    assert len(fit(search=Budget(runs=1), n_init=3).trace_.search.runs) == 3


def test_a_budget_of_seconds():
    model = fit(np.random.default_rng(0).uniform(size=(500, 2)), 10, search=0.05)
    # The run that is under way when the time is up ends at its next step.
    assert model.trace_.search.seconds < 5.0
    assert np.isfinite(model.score(X))


def test_more_rows_than_a_search_looks_at(monkeypatch):
    monkeypatch.setattr(sampling, "most_rows", lambda K, D, n_parameters, predicted: 300)
    rows, _ = four_clusters(2000)
    model = fit(rows, 4)
    assert model.trace_.search.n_rows == 300
    assert len(model.trace_.runs) == 1
    everything = fit(rows, 4, search="off", n_init=20)
    assert model.score(rows) == pytest.approx(everything.score(rows), abs=1e-4)


def test_several_answers_are_judged_on_all_rows(monkeypatch):
    monkeypatch.setattr(sampling, "most_rows", lambda K, D, n_parameters, predicted: 150)
    judged = []
    honest = searching._in_order_on_all_rows

    def watched(driver, mixtures, *rules):
        ends, another = honest(driver, mixtures, *rules)
        judged.append((mixtures, ends[0]))
        return ends, another

    monkeypatch.setattr(searching, "_in_order_on_all_rows", watched)
    rows = np.random.default_rng(1).uniform(size=(3000, 2))
    model = fit(rows, 6, search=Budget(runs=5, least_runs=5))
    (mixtures, best), *_ = judged
    assert 1 < len(mixtures) <= 12
    assert best.log_prob(rows).mean() >= max(m.log_prob(rows).mean() for m in mixtures) - 1e-9
    assert model.score(rows) >= best.log_prob(rows).mean() - 1e-9


@pytest.mark.parametrize("first", ["clear: starts and crossovers agree", "in doubt after one run"])
def test_a_fit_that_degenerates_goes_on_from_the_next_best_mixture(monkeypatch, first):
    rows = np.concatenate([X, X[0] + 1e-4 * np.arange(5.0)[:, None] * [1.0, -1.0]])
    good = fit(rows, 2).mixture_
    spike = Mixture(
        [1.0 - 5 / len(rows), 5 / len(rows)], [rows.mean(axis=0), rows[-3]], [np.eye(2), 1e-6 * np.eye(2)]
    )
    trace = replace(fit(rows, 2).trace_.search, clear=first.startswith("clear"), verdict=first)
    test = searching.Nondegenerate(9.0, float(len(rows)), None)
    found = searching.Searched((spike, good), trace, False, test)
    monkeypatch.setattr(complete, "search_for_start", lambda *arguments: found)
    model = fit(rows, 2)
    assert len(model.trace_.runs) == 2
    assert model.trace_.best == 1
    assert model.score(rows) == pytest.approx(good.log_prob(rows).mean(), abs=1e-6)
    of_the_best = "a component of the best mixture of the search degenerated, and the next best was taken"
    another = f"in doubt: {of_the_best}; fit fewer components"
    assert model.trace_.search.verdict == (another if trace.clear else first)
    assert not model.trace_.search.clear


def test_a_search_of_a_part_is_the_same_twice(monkeypatch):
    monkeypatch.setattr(sampling, "most_rows", lambda K, D, n_parameters, predicted: 200)
    assert fit().mixture_ == fit().mixture_


def test_a_search_looks_at_tens_of_thousands_of_rows():
    assert rows_of_a_search(5, 2) >= 20_000


def test_callbacks_see_the_search_first():
    steps = []
    model = fit(callbacks=steps.append)
    stages = [step.stage for step in steps]
    assert stages == sorted(stages, reverse=True)
    assert set(stages) == {"search", "EM"}
    searched = [step for step in steps if step.stage == "search"]
    assert len(searched) == len(model.trace_.search.events)
    assert sum(stage == "EM" for stage in stages) == model.n_iter_
    for step, event in zip(searched, model.trace_.search.events, strict=True):
        assert step.log_likelihood == step.event.log_likelihood
        assert (step.run, step.event.kind, step.seconds) == (
            event.run,
            event.kind,
            event.seconds,
        )
        assert step.max_iter == 0
        assert step.mixture.n_components == 5
        assert (step.change is None) == (step.iteration == 1)
    assert [step.iteration for step in searched if step.run == 0] == list(
        range(1, sum(step.run == 0 for step in searched) + 1)
    )


def test_callbacks_change_nothing():
    assert fit(callbacks=lambda step: None).mixture_ == fit().mixture_


@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_callback_stops_the_search_and_the_fit(at):
    steps = []

    def callback(step):
        steps.append(step)
        return len(steps) == at

    model = fit(callbacks=callback, n_init=4)
    assert steps[at - 1].stage == "search"
    assert [run.status for run in model.trace_.runs] == ["stopped"]
    assert "search" in model.trace_.message
    assert not model.converged_
    assert model.predict(X).shape == (400,)
    assert np.isfinite(model.score(X))
    assert model.trace_.search is not None
    assert len([step for step in steps if step.stage == "EM"]) == model.n_iter_ == 0
    assert model.lower_bounds_ == []
    assert model.lower_bound_ == pytest.approx(model.score(X))
    assert model.mixture_.means.shape == (5, 2)


def test_a_callback_that_stops_later_stops_em_alone():
    model = fit(callbacks=lambda step: step.stage == "EM", tol=1e-12)
    assert [run.status for run in model.trace_.runs] == ["stopped"]
    assert model.n_iter_ == 1


def test_every_callback_is_called():
    first, second = [], []
    fit(callbacks=[lambda step: first.append(step) or True, second.append])
    assert len(first) == len(second) > 0


@pytest.mark.parametrize("verbose", [1, 2])
def test_lines_are_printed(verbose, capsys):
    fit(verbose=verbose, verbose_interval=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1
    assert all(lines)


@pytest.mark.parametrize("wrong", ["on", "", None, True, 0, -1, np.nan, np.inf, [1], {}, "0.5"])
def test_wrong_values_are_refused_in_a_sentence(wrong):
    with pytest.raises(InputError) as info:
        GaussianMixture(2, search=wrong).fit(X)
    message = str(info.value)
    assert message.startswith("search")
    assert message.endswith(".")
    assert "'off'" in message


@pytest.mark.parametrize(
    "right", ["auto", "off", 0.05, 1, np.float32(0.05), Budget(), Budget(runs=1, seconds=0.05)]
)
def test_right_values(right):
    model = fit(X[:60], 2, search=right)
    assert (model.trace_.search is None) == (isinstance(right, str) and right == "off")


@pytest.mark.parametrize(
    "wrong",
    [
        {"runs": 0},
        {"runs": -1},
        {"runs": 1.5},
        {"seconds": 0.0},
        {"seconds": -1.0},
        {"seconds": np.nan},
        {"least_runs": 0},
        {"patience": 0},
        {"populations": 0},
        {"likelihood": "no"},
        {"thorough": 1},
        {"single_values": None},
        {"known": 3},
    ],
    ids=str,
)
def test_wrong_budgets_are_refused(wrong):
    with pytest.raises(GaussmixError, match=f"search.{next(iter(wrong))} is .*: give .*[.]$"):
        fit(search=Budget(**wrong))


@pytest.mark.parametrize("name", ["tied", "tied-diag", "tied-spherical"])
def test_a_far_row_has_a_component_of_its_own_beside_repeated_rows(name):
    """A shared covariance keeps it from collapse, and repeated rows do not make one row count as too few."""
    X = np.round(np.random.default_rng(0).standard_normal((120, 2)), 1)
    X = np.concatenate([X, X[:20], [[60.0, -60.0]]])
    fit = GaussianMixture(2, covariance_type=name, random_state=0).fit(X)
    assert fit.weights_.min() == pytest.approx(1 / len(X), rel=1e-6)


@pytest.mark.parametrize("family", [Full(), Diagonal(), Spherical()], ids=lambda family: family.name)
@pytest.mark.parametrize(
    ("tied", "variance", "sound"),
    [(True, 1e-5, True), (True, 1e-7, False), (False, 1e-7, True), (False, 1e-8, True)],
)
def test_a_narrow_component_of_many_rows_is_degenerate_if_values_are_equal(family, tied, variance, sound):
    narrow = {"full": np.diag([variance, 1.0]), "diag": np.array([variance, 1.0]), "spherical": variance}
    wide = {"full": np.eye(2), "diag": np.ones(2), "spherical": 1.0}
    covariances = family.covariances(np.array([wide[family.name], narrow[family.name]]), 2, 2)
    mixture = Mixture.of(np.array([0.5, 0.5]), np.zeros((2, 2)), covariances)
    floor = Floor(np.eye(2) if family.frame.full else np.ones(2))
    assert searching.Nondegenerate(9.0, 10_000.0, floor, tied)(mixture) is sound


@pytest.mark.parametrize("accepted", [True, False])
def test_components_of_single_values_are_degenerate_on_demand(accepted):
    """Waiting times are whole minutes: with a shape in common, small components describe one of them each."""
    X = load_faithful().data
    budget = Budget(likelihood=True, populations=2, single_values=accepted)
    model = fit(X, 7, covariance_type="VEI", search=budget)
    described = model.mixture_.covariances.variances() < variances_of_rounding(X, X.var(axis=0))
    assert described.any() == accepted


def test_a_narrow_component_across_columns_is_sound():
    """True covariances of many columns may be as narrow in a direction: only columns hold ties."""
    across = np.array([[1.0, 1.0 - 1e-7], [1.0 - 1e-7, 1.0]])
    mixture = Mixture([0.5, 0.5], np.zeros((2, 2)), np.array([np.eye(2), across]))
    assert searching.Nondegenerate(9.0, 10_000.0, Floor(np.eye(2)), tied=True)(mixture)


def test_the_sample_of_a_wide_table_has_rows_enough_for_its_parameters():
    """With 4,000 rows for 5,675 parameters, a search ended 4 nats a row below the true mixture."""
    truth = random_mixture(3, 60, random_state=3)
    X, _ = truth.sample(20_000, random_state=4)
    model = fit(X, 3)
    assert model.trace_.search.n_rows >= 3 * model.n_parameters_
    assert model.score(X) > truth.log_prob(X).mean()


def kinds_of(model):
    """The kinds of events of a search."""
    return {event.kind for event in model.trace_.search.events}


def test_moves_are_predicted_where_components_are_separate():
    assert "crossover" not in kinds_of(fit(four_clusters(6_000)[0], 5))


@pytest.mark.parametrize("family", ["full", "tied", "diag", "tied-diag"])
@pytest.mark.parametrize("D", [2, 20])
def test_clusters_that_k_means_separates_are_not_searched(family, D):
    rng, labels = np.random.default_rng(0), np.arange(8_000) % 3
    X = rng.normal(size=(8_000, D)) + 20.0 * np.eye(3, D)[labels]
    model = fit(X, 3, covariance_type=family)
    search = model.trace_.search
    assert search.verdict == SEPARATED
    assert [run.start for run in search.runs] == ["k-means"]
    assert search.n_tried == 0
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0
    searched = fit(X, 3, covariance_type=family, n_init=2)
    assert model.score(X) == pytest.approx(searched.score(X), abs=1e-6)


def test_a_population_searches_where_components_overlap():
    model = fit(np.random.default_rng(0).standard_normal(size=(9_000, 2)), 5)
    assert "crossover" in kinds_of(model)
    assert model.trace_.search.n_rows == 5_000


def test_a_population_searches_where_the_pilot_fit_is_singular(monkeypatch):
    class Singular(sampling.Pilot):
        @classmethod
        def of(cls, rows, model, n_components, rng):
            raise SingularCovarianceError("a covariance is singular")

    monkeypatch.setattr(sampling, "Pilot", Singular)
    model = fit(four_clusters(6_000)[0], 4)
    assert model.trace_.search.clear
    assert model.score(four_clusters(6_000)[0]) == pytest.approx(
        fit(four_clusters(6_000)[0], 4, search="off", n_init=10).score(four_clusters(6_000)[0]), abs=1e-4
    )


@pytest.mark.parametrize("family", ["diag", "spherical", "tied", "full"])
@pytest.mark.parametrize("n", [400, 12_000])
def test_clusters_that_stand_apart_in_many_columns_are_not_searched(family, n):
    labels = np.arange(n) % 4
    rng = np.random.default_rng(1)
    X = 2.0 * rng.standard_normal((4, 70))[labels] + rng.standard_normal((n, 70))
    model = fit(X, 4, covariance_type=family)
    search = model.trace_.search
    if family == "full" or (family == "tied" and n == 400):
        assert search is None
    else:
        assert search.verdict == SEPARATED
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0
    assert model.converged_
    assert (np.diff(model.weights_) <= 1e-9).all()


def test_components_that_overlap_in_many_columns_are_searched():
    X = np.random.default_rng(0).standard_t(4, size=(1_000, 70))
    assert fit(X, 3, covariance_type="diag").trace_.search.verdict != SEPARATED


def test_a_search_of_many_columns_can_be_asked_for():
    X = np.repeat(4.0 * np.eye(2, 70), 150, axis=0) + np.random.default_rng(0).standard_normal((300, 70))
    for search in (Budget(runs=2), "likelihood"):
        assert fit(X, 2, covariance_type="diag", search=search).trace_.search.verdict != SEPARATED


@pytest.mark.parametrize("weights", [None, np.tile([1.0, 60.0], 200)])
def test_too_few_rows_for_their_columns_are_not_drawn_for_a_search(monkeypatch, weights):
    drawn = []
    for module in (sampling, complete):
        draw = module.draw_start_rows
        monkeypatch.setattr(
            module, "draw_start_rows", lambda *args, draw=draw: drawn.append(1) or draw(*args)
        )
    wide = np.random.default_rng(0).standard_t(4, size=(400, 70))
    with quiet():
        model = GaussianMixture(2, random_state=0).fit(wide, sample_weight=weights)
    assert (model.trace_.search is None) == (weights is None)
    assert len(drawn) == 1


def test_a_search_is_in_doubt_where_another_mixture_is_better_on_all_rows(monkeypatch):
    monkeypatch.setattr(sampling, "most_rows", lambda K, D, n_parameters, predicted: 150)
    honest = searching._in_order_on_all_rows
    rows = four_clusters(1_000)[0]
    assert fit(rows, 4).trace_.search.clear
    monkeypatch.setattr(searching, "_in_order_on_all_rows", lambda *given: (honest(*given)[0], True))
    search = fit(rows, 4).trace_.search
    assert not search.clear
    assert search.verdict.startswith("in doubt: on all rows, another mixture is better")


@pytest.mark.parametrize("n", [400, 3_900])
def test_one_of_the_starts_is_that_of_em_alone(monkeypatch, n):
    rows, begun = np.random.default_rng(0).standard_t(5, size=(n, 2)), []
    plain = START_METHODS["kmeans"]

    def recorded(rows, n_components, rng):
        begun.append(plain(rows, n_components, rng))
        return begun[-1]

    monkeypatch.setitem(START_METHODS, "kmeans", recorded)
    fit(rows, 5, search="off")
    fit(rows, 5)
    first, *others = begun
    assert any(len(start) == n and np.array_equal(start, first) for start in others)
