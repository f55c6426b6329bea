"""The benchmark of the search: problems, methods, outcomes, and what is counted as success."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.search import large, mclust_tables
from benchmarks.search.methods import METHODS, available, continued, method_named, run, started
from benchmarks.search.outcome import append, is_collapsed, key_of, narrowest, outcome_of, read
from benchmarks.search.picture import draw_large
from benchmarks.search.problems import CELLS, HARDER, KINDS, Problem, enough_rows, problem_of, rows_of_cell
from benchmarks.search.report import write_report
from benchmarks.search.running import carry_out, jobs_of
from benchmarks.search.summary import harder_of, summary_of, wilson
from benchmarks.search.text import goal_rows, harder_goals
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from gaussmix import Diagonal, Mixture
from gaussmix.covariances import standard_families
from gaussmix.estimators.options import family_of

N = 400
FACTS = {"threads": 1, "alone": True}


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other take long where processors are shared."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("kind", KINDS)
def test_a_problem_is_made_again_from_its_seed(kind):
    first, again, other = (problem_of(kind, (2, 4), seed, N) for seed in (3, 3, 4))
    assert np.array_equal(first.X, again.X)
    assert np.array_equal(first.held_out, again.held_out)
    assert not np.array_equal(first.X, other.X)
    assert first.X.shape == first.held_out.shape == (N, 2)
    assert first.truth.n_components == 4


@pytest.mark.parametrize("cell", CELLS)
def test_every_component_expects_enough_rows(cell):
    D, K = cell
    problem = problem_of("random", cell, 0)
    assert len(problem.X) == rows_of_cell(K)
    assert len(problem.X) * problem.truth.weights.min() >= 5 * (D + 1)
    assert not enough_rows(np.array([0.999, 0.001]), 5000, 2)


def test_the_harder_kinds_are_what_they_say():
    made = {kind: problem_of(kind, (2, 4), 0, 2000) for kind in HARDER}
    widths = np.sqrt(np.linalg.eigvalsh(made["elongated"].truth.covariances.dense()))
    assert widths.min() >= 0.05
    assert 3 >= widths.max() > 10 * widths.min()
    means = made["nested"].truth.means
    assert np.array_equal(means[0], means[1])
    weights = made["unequal"].truth.weights
    assert weights.max() / weights.min() == pytest.approx(100)
    assert made["noise"].truth.weights[-1] == pytest.approx(0.2)
    assert np.array_equal(made["ties"].X, np.round(made["ties"].X))
    near = np.linalg.norm(made["heap"].X[:, None] - made["heap"].X, axis=-1) < 0.01
    assert np.sort(near.sum(axis=1))[-18:].min() >= 6
    deviations = made["tails"].X - made["tails"].X.mean(axis=0)
    assert np.isfinite(deviations).all()


def test_tails_have_the_covariance_that_the_reference_starts_from():
    problem = problem_of("tails", (2, 1), 0, 200_000)
    assert np.allclose(np.cov(problem.X.T), problem.truth.covariance(), rtol=0.05, atol=0.05)


@pytest.mark.parametrize("name", [m.name for m in METHODS if m.name != "mclust"])
def test_each_method_gives_a_mixture(name):
    problem = problem_of("random", (2, 2), 0, N)
    found = run(method_named(name), problem, 0)
    assert found.mixture.n_components == 2
    assert found.seconds > 0
    assert found.mixture.log_prob(problem.X).mean() > -15


def test_mclust_gives_a_mixture():
    method = method_named("mclust")
    if not available(method):
        pytest.skip("R's mclust is not installed")
    problem = problem_of("random", (2, 2), 0, N)
    theirs, ours = (run(m, problem, 0).mixture.log_prob(problem.X).mean() for m in (method, METHODS[0]))
    assert theirs == pytest.approx(ours, abs=1e-2)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "tied-diag", "spherical", "tied-spherical"])
def test_a_start_in_any_family_stays_at_its_optimum(family):
    drawn = problem_of("random", (2, 2), 0, N)
    problem = Problem("random", 2, 2, 0, drawn.X, drawn.held_out, drawn.truth, family)
    optimum = started(problem, drawn.truth, tol=1e-12).mixture
    assert optimum.family == family_of(family)
    again = continued(problem, optimum)
    assert np.allclose(again.means, optimum.means, atol=1e-4)


def test_narrowest_is_free_of_units_and_sees_directions():
    X = np.random.default_rng(0).standard_normal((1000, 2))
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 1e-4], [1.0, 1.0]], family=Diagonal())
    A = np.array([[3.0, 1.0], [0.0, 1e-3]])
    rows, narrow = narrowest(mixture, X)
    assert rows.sum() == pytest.approx(1000)
    assert narrow == pytest.approx([1e-4, 1.0], rel=0.2)
    assert narrowest(A @ mixture, X @ A.T)[1] == pytest.approx(narrow, rel=1e-6)


def test_rows_on_a_line_are_seen_under_what_a_library_adds_to_covariances():
    X = np.random.default_rng(0).standard_normal((1000, 2))
    X[:500, 1] = 7.0
    mixture = Mixture([0.5, 0.5], [[0.0, 7.0], [0.0, 0.0]], [[1.0, 1e-3], [1.0, 1.0]], family=Diagonal())
    rows, narrow = narrowest(mixture, X)
    assert narrow[0] < 1e-12
    assert is_collapsed(narrow, rows, 2)


@pytest.mark.parametrize(
    ("narrow", "rows", "expected"),
    [(1e-2, 100, False), (1e-2, 3, True), (1e-8, 100, True), (1e-6, 100, False), (1e-6, 14, True)],
)
def test_what_is_a_collapsed_component(narrow, rows, expected):
    assert is_collapsed(np.array([1.0, narrow]), np.array([500.0, rows]), 2) is expected


def test_a_failure_is_an_outcome():
    problem = problem_of("random", (2, 2), 0, N)

    def fail(problem, seed):
        raise ValueError("no\nway")

    broken = SimpleNamespace(name="sklearn", fit=fail, ours=False)
    outcome = outcome_of(broken, problem, FACTS)
    assert (outcome["status"], outcome["reason"]) == ("failed", "ValueError: no way")


def test_a_run_goes_on_where_it_was(tmp_path, capsys):
    path = tmp_path / "search.jsonl"
    jobs = jobs_of(["random"], [(2, 2)], range(2), ["reference", "off"], N)
    carry_out(jobs[:1], path)
    first = path.read_text()
    path.write_text(first + '{"kind": "rand')  # the rest was cut off
    path.write_text(first)
    carry_out(jobs, path)
    assert path.read_text().startswith(first)
    assert len(path.read_text().splitlines()) == 4
    carry_out(jobs, path, again=("off",))
    assert len(path.read_text().splitlines()) == 6
    found = read(path)
    assert len(found) == 4
    assert {key_of(o) for o in found.values()} == set(found)
    assert "seed 1" in capsys.readouterr().out


def test_half_a_line_is_left_out(tmp_path):
    path = tmp_path / "search.jsonl"
    append(path, [line("ours", 0, -1.0)])
    with path.open("a") as file:
        file.write('{"kind": "ran')
    assert len(read(path)) == 1


def line(method, seed, train, **more):
    """An outcome as a run writes it."""
    usual = {
        "kind": "random", "D": 2, "K": 5, "N": 5000, "seed": seed, "method": method, "status": "ok", "seconds": 0.1,
        "converged": True, "passes": 9.0, "train": train, "held_out": train, "smallest_rows": 50.0, "narrowest": 0.1,
        "collapsed": False, **FACTS,
    }  # fmt: skip
    return {**usual, **more}


def some_outcomes():
    gains = [0.0, -9e-4, -2e-3, 2e-3]
    outcomes = [line("reference", i, -4.0) for i in range(4)]
    outcomes += [line("ours", i, -4.0 + gain, held_out=-4.0 + 4 * gain) for i, gain in enumerate(gains)]
    outcomes += [line("sklearn", i, -4.1, continued=-4.0, seconds=0.2, alone=False) for i in range(3)]
    return [*outcomes, {**line("sklearn", 3, 0.0), "status": "failed", "reason": "x"}]


def test_success_is_counted_beside_the_reference():
    (cell,) = summary_of(some_outcomes())
    ours, sklearn = cell["methods"]["ours"], cell["methods"]["sklearn"]
    assert (ours["success"]["count"], ours["success"]["of"]) == (3, 4)
    assert ours["beaten"]["count"] == 1
    assert ours["held_out"]["count"] == 3
    assert ours["missed"] == [2]
    assert sklearn["success"]["count"] == 0
    assert (sklearn["continued"]["count"], sklearn["failed"]) == (3, 1)
    assert not sklearn["seconds"]["alone"]


def test_a_tight_reference_is_harder_to_reach():
    outcomes = [*some_outcomes(), *(line("tight", i, -3.9995) for i in range(4))]
    (cell,) = summary_of(outcomes)
    assert cell["methods"]["ours"]["against_tight"]["count"] == 2


def test_goals_are_those_of_the_cell():
    (cell,) = summary_of(some_outcomes())
    rows = {row[1]: row[2:] for row in goal_rows([cell])}
    assert rows["success"] == ["≥ 98 %", "75 %", "**no**"]
    assert "median seconds ÷ scikit-learn" not in rows  # it was not timed alone
    (cell,) = summary_of([{**outcome, "alone": True} for outcome in some_outcomes()])
    rows = {row[1]: row[2:] for row in goal_rows([cell])}
    assert rows["median seconds ÷ scikit-learn"] == ["≤ 1 ×", "0.50 ×", "yes"]


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (7, 20), (100, 100)])
def test_the_interval_of_a_share_is_wilsons(successes, n):
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_a_spike_is_no_optimum_of_a_harder_problem():
    def told(method, seed, train, **more):
        return line(method, seed, train, kind="ties", **more)

    outcomes = [told("ours", 0, -4.0), told("mclust", 0, -3.0, collapsed=True), told("sklearn10", 0, -4.0005)]
    (cell,) = harder_of(outcomes)
    counts = {name: m["success"]["count"] for name, m in cell["methods"].items()}
    assert counts == {"ours": 1, "sklearn10": 1, "mclust": 0}
    assert harder_goals([cell]) == "No cell is worse."
    (worse,) = harder_of([told("ours", 0, -4.0), told("mclust", 0, -3.0)])
    assert "ties (2, 5): R mclust" in harder_goals([worse])
    assert "not been run" in harder_goals(harder_of([told("mclust", 0, -3.0)]))


def test_the_cases_of_mclust_are_no_spikes():
    cases = list(mclust_tables.cases())
    assert {case["model"] for case in cases} == {
        "E",
        "V",
        *(family.mclust_name for family in standard_families),
    }
    assert len({case["table"] for case in cases}) == 8
    for case in cases:
        assert mclust_tables.measurements(case["table"]).shape[1] == case["D"]


def test_one_component_has_mclusts_log_likelihood():
    alone = [case for case in mclust_tables.cases() if case["K"] == 1]
    assert len({case["table"] for case in alone}) == 8
    for case in alone:
        assert mclust_tables.fitted(case)["ours"] == pytest.approx(case["theirs"], abs=1e-4)


def test_many_components_are_followed_in_time():
    X = large.thinned(problem_of("random", (2, 3), 1, 2000).X, 500)
    ours = large.ours(X, 3, "full", 0, 60, search="off")
    theirs = large.theirs(X, 3, "full", 2, 60)
    assert len(X) == 500
    assert [run["finished"] for run in theirs] == [True, True]
    for line_ in (ours, *theirs):
        seconds, objectives = np.array(line_["points"]).T
        assert (np.diff(seconds) >= 0).all()
        assert objectives[-1] == pytest.approx(line_["objective"], abs=0.1)
    stopped = large.theirs(X, 3, "full", 2, 0.0)
    assert [run["finished"] for run in stopped] == [False]


def test_few_points_keep_the_first_and_the_last():
    points = [(float(i), -float(i)) for i in range(1000)]
    kept = large.few(points)
    assert (kept[0], kept[-1]) == ([0.0, 0.0], [999.0, -999.0])
    assert len(kept) <= 150


def test_the_report_holds_all_parts(tmp_path):
    group = mclust_tables.grouped([mclust_tables.fitted(next(mclust_tables.cases()))])
    end = {"points": [[1.0, -2.0], [2.0, -1.5]], "seconds": 2.0, "objective": -1.5, "collapsed": False}
    stopped = {"points": [[1.0, -3.0]], "seconds": 1.0, "finished": False}
    sets = [{"title": "stars", "N": 10, "K": 3, "ours": end, "sklearn": [end, end, stopped]}]
    harder = harder_of([line("ours", 0, -4.0, kind="heap"), line("mclust", 0, -5.0, kind="heap")])
    write_report(tmp_path, random=summary_of(some_outcomes()), harder=harder, tables=group, large=sets)
    text = (tmp_path / "SEARCH.md").read_text()
    for part in ("| success | ≥ 98 % | 75 % |", "heap (2, 5)", "1 of 1 reached", "scikit-learn, n_init=2"):
        assert part in text
    assert (tmp_path / "search.png").stat().st_size > 5000
    assert (tmp_path / "search_large.png").stat().st_size > 5000
    assert set(json.loads((tmp_path / "results.json").read_text())) == {"random", "harder", "tables", "large"}


def test_a_fit_that_never_ended_can_be_drawn(tmp_path):
    stopped = {"points": [[1.0, -3.0], [2.0, -2.0]], "seconds": 2.0, "finished": False}
    draw_large([{"title": "stars", "N": 10, "ours": stopped, "sklearn": [stopped]}], tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000
