"""The benchmark on real tables: the tables, the halves, what counts as reached, and references that only improve."""

from __future__ import annotations

import json

import numpy as np
import pytest
from benchmarks.real import catalogue, store
from benchmarks.real.arms import ARMS, arm_of_text
from benchmarks.real.candidates import candidates
from benchmarks.real.drawn import DRAWN
from benchmarks.real.judges import RULES, judged_task, maxima_of, rule_rows
from benchmarks.real.judging import FAMILIES, Judge, Judged, fewest_rows, n_parameters, reached, within
from benchmarks.real.measure import classes_of, gap_of, held_out_of, key_of, outcome_of, read
from benchmarks.real.packages import MEASURED
from benchmarks.real.quality import below_rows, class_rows, held_out_rows
from benchmarks.real.references import Improver, urgency
from benchmarks.real.report import circumstances, kind_of, markdown, summary_of
from benchmarks.real.starts import WAYS, exchanged, labels_of
from benchmarks.real.store import Reference, improved, merged
from benchmarks.real.summary import band_of, calibration, judged_by, ratio_of, success_of
from benchmarks.real.table import AbsentTableError, Entry, Table, complete, half_of, mark_of
from benchmarks.real.tasks import Task, tasks_of
from benchmarks.real.times import Cell, cells, measured
from benchmarks.real.times_text import beside, grid_rows, other_rows
from threadpoolctl import threadpool_limits

from gaussmix import GaussianMixture, Mixture
from gaussmix.estimators.options import family_of

SOUND = Judged(-100.0, True, 20.0, 0.1)


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other take long where processors are shared."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def clusters():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (40, 2)), rng.normal(8, 1, (60, 2))])
    return Table("clusters", X, np.repeat([0, 1], [40, 60]), "drawn here", real=False)


def test_names_are_told_apart_and_both_halves_have_tables_of_both_sorts():
    names = [entry.name for entry in catalogue.ENTRIES]
    assert len(set(names)) == len(names) >= 100
    assert len(MEASURED) >= 40
    for entries in (MEASURED, DRAWN):
        assert {entry.half for entry in entries} == {"tune", "report"}


def test_the_half_of_a_table_hangs_on_its_name_alone():
    assert [half_of(name) for name in ("iris", "wine", "faithful", "geyser")] == [
        "report",
        "tune",
        "report",
        "tune",
    ]


@pytest.mark.parametrize(
    "name", ["wine", "mclust_galaxies", "wine27", "vowels_f1f2", "faithful", "blobs_100_10_3", "sine_100"]
)
def test_tables_have_complete_rows_and_labels_from_zero(name):
    table = catalogue.load(name)
    assert table.X.ndim == 2
    assert len(table.X) >= 50
    assert np.isfinite(table.X).all()
    assert (table.X.std(axis=0) > 0).all()
    if table.labels is not None:
        assert set(table.labels) == set(range(table.n_classes))
        assert len(table.labels) == len(table.X)


def test_rows_with_a_missing_number_or_label_are_left_out():
    X, labels = complete([[1, 2], [np.nan, 3], [4, 5], [6, 7]], np.array(["b", "a", None, "a"], dtype=object))
    assert X.tolist() == [[1, 2], [6, 7]]
    assert labels.tolist() == [1, 0]
    assert complete([1.0, 2.0], None)[0].shape == (2, 1)


def test_a_table_that_cannot_be_read_is_left_out_and_named(monkeypatch, capsys):
    def absent():
        raise OSError("no such file")

    entry = Entry("nowhere", absent, "nowhere")
    with pytest.raises(AbsentTableError, match="nowhere cannot be read: OSError"):
        entry.table()
    monkeypatch.setattr(catalogue, "ENTRIES", (entry,))
    assert catalogue.tables_of() == []
    assert "left out: nowhere" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no half 'other'"):
        catalogue.tables_of("other")


@pytest.mark.parametrize("family", FAMILIES)
def test_parameters_are_counted_as_the_library_counts_them(family):
    X = np.random.default_rng(0).normal(size=(200, 3))
    model = GaussianMixture(2, covariance_type=family, search="off", random_state=0).fit(X)
    assert n_parameters(3, 2, family) == model.mixture_.n_parameters


def test_tasks_have_the_sizes_and_the_number_of_classes(clusters):
    four = Table("four", np.tile(clusters.X, (2, 1)), np.arange(200) % 4, "", real=False)
    assert {task.K for task in tasks_of([four])} == {1, 2, 3, 4, 5, 9}
    assert {task.K for task in tasks_of([four], sizes=(2, 3))} == {2, 3}
    assert [task.at_classes for task in tasks_of([four], ("full",))] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]
    column = Table("column", clusters.X[:, :1], None, "", real=False)
    assert {task.family for task in tasks_of([column])} == {"full", "tied"}
    assert all(task.K * (task.table.X.shape[1] + 1) <= len(task.table.X) for task in tasks_of([clusters]))


def test_reached_allows_half_a_nat_and_a_little_for_many_rows():
    assert within(10_000) == pytest.approx(0.6)
    assert reached(-100.5, -100.0, 100)
    assert not reached(-100.6, -100.0, 100)
    assert reached(-90.0, -100.0, 100)


def test_few_rows_are_fewer_where_there_are_not_enough_for_all():
    assert fewest_rows(10_000, 2, 5, "full") == 9
    assert fewest_rows(100, 4, 5, "diag") == pytest.approx(5.01)
    assert fewest_rows(100, 2, 5, "full") == pytest.approx(5)
    assert fewest_rows(100, 2, 5, "tied") == 1


def test_a_component_of_few_rows_or_without_width_is_unsound(clusters):
    judge = Judge(clusters.X)

    def about(weight, variance):
        means, covariances = np.array([[0.0, 0.0], [8.0, 8.0]]), np.stack([np.eye(2), variance * np.eye(2)])
        return judge.of(Mixture(np.array([1 - weight, weight]), means, covariances), "full")

    assert about(0.6, 1.0).sound
    assert not about(0.03, 1.0).sound
    assert not about(0.6, 1e-7).sound
    assert not about(0.1, 1e-4).sound
    assert about(0.6, 1e-4).sound


def test_a_reference_never_falls_and_counts_what_reaches_it():
    reference = improved(Reference(), SOUND, "first", 100)
    assert (reference.log_likelihood, reference.found_by, reference.hits) == (-100.0, "first", 1)
    near = improved(reference, Judged(-100.2, True, 20, 0.1), "near", 100)
    assert (near.log_likelihood, near.hits, near.tried) == (-100.0, 2, 2)
    low = improved(near, Judged(-120.0, True, 20, 0.1), "low", 100)
    assert (low.hits, low.tried) == (2, 3)
    unsound = improved(low, Judged(-10.0, False, 2, 0.1), "spike", 100)
    assert (unsound.log_likelihood, unsound.hits, unsound.tried) == (-100.0, 2, 4)
    slightly = improved(unsound, Judged(-99.9, True, 20, 0.1), "slightly", 100)
    assert (slightly.log_likelihood, slightly.found_by, slightly.hits) == (-99.9, "first", 3)
    higher = improved(slightly, Judged(-90.0, True, 20, 0.1), "higher", 100)
    assert (higher.log_likelihood, higher.found_by, higher.hits) == (-90.0, "higher", 1)
    assert merged(low, higher) == merged(higher, low) == higher
    assert merged(Reference(), low) == low


def test_the_file_of_references_keeps_the_better_and_drops_those_of_a_changed_table(tmp_path, clusters):
    path = tmp_path / "references.json"
    mark = {"clusters": mark_of(clusters.X)}
    low, high = Reference(-200.0, "low", 1, 9, 1), Reference(-100.0, "high", 1, 2, 1)
    store.write({"tables": mark, "references": {"clusters|full|2": high, "clusters|full|3": low}}, path)
    store.write({"tables": mark, "references": {"clusters|full|2": low}}, path)
    assert store.current({"clusters": clusters}, path) == {"clusters|full|2": high, "clusters|full|3": low}
    assert json.loads(path.read_text())["references"]["clusters|full|2"][1] == "high"
    other = Table("clusters", 1.1 * clusters.X, None, "", real=False)
    assert store.reference_of(store.read(path), other, "clusters|full|2") == Reference()
    store.write({"tables": {"clusters": mark_of(other.X)}, "references": {"clusters|full|2": low}}, path)
    assert store.current({"clusters": other}, path) == {"clusters|full|2": low}
    assert store.current({"clusters": clusters}, path) == {}


def test_a_variance_that_only_regularisation_holds_is_no_reference(tmp_path, clusters):
    path = tmp_path / "references.json"
    common = {"table": "clusters", "family": "full", "K": 2, "N": 100, "least_rows": 40.0, "narrowest": 1e-4}
    regularised = {**common, "arm": "sklearn", "log_likelihood": -90.0, "sound": True}
    collapsed = {**regularised, "continued": -20.0, "continued_sound": False}
    assert (
        store.raise_references([collapsed, {**common, "failed": "ValueError"}], {"clusters": clusters}, path)
        == 0
    )
    converged = {**regularised, "continued": -89.0, "continued_sound": True}
    assert store.raise_references([collapsed, converged], {"clusters": clusters}, path) == 1
    assert store.current({"clusters": clusters}, path)["clusters|full|2"].log_likelihood == -89.0
    ours = {**common, "arm": "ours", "log_likelihood": -80.0, "sound": True}
    assert store.raise_references([ours], {"clusters": clusters}, path) == 1


@pytest.mark.parametrize("way", WAYS)
def test_first_labels_are_of_all_components(way):
    X = np.random.default_rng(0).normal(size=(60, 3))
    labels = dict(labels_of(X, 3, 0))[way]
    assert set(labels) == {0, 1, 2}
    assert set(exchanged(labels, X, 3, np.random.default_rng(1))) <= {0, 1, 2}


def test_improving_finds_the_optimum_and_goes_on_where_it_was(tmp_path, clusters):
    path, task = tmp_path / "references.json", Task(clusters, "full", 2)
    improver = Improver([task], path, tmp_path / "labels.npz")
    before = urgency(task, improver.references[task.key])
    improver.round_of(task)
    improver.save()
    found = improver.references[task.key]
    assert found.hits > 5
    assert urgency(task, found) > before
    again = Improver([task], path, tmp_path / "labels.npz")
    assert again.references[task.key] == found
    assert np.bincount(again.labels[task.key]).tolist() in ([40, 60], [60, 40])


def test_candidates_that_fail_are_left_out(clusters):
    few = Table("few", clusters.X[:6], None, "", real=False)
    assert all(isinstance(mixture, Mixture) for _, mixture in candidates(Task(few, "full", 5), 0))


def test_an_outcome_says_what_was_fitted_and_how_it_was_judged(monkeypatch, clusters):
    monkeypatch.setattr("benchmarks.real.measure.load", lambda name: clusters)
    task = Task(clusters, "full", 2)
    line = outcome_of(ARMS["ours"], task, 0)
    assert line["sound"]
    assert line["ari"] == 1
    assert line["clear"] in (True, False)
    assert line["cpu"] > 0
    theirs = outcome_of(ARMS["sklearn"], task, 0)
    assert theirs["continued"] >= theirs["log_likelihood"]
    assert theirs["continued"] == pytest.approx(line["log_likelihood"], abs=1e-2)
    references = {
        "tables": {"clusters": mark_of(clusters.X)},
        "references": {task.key: Reference(line["log_likelihood"] + 3)},
    }
    mixture = GaussianMixture(2, random_state=0).fit(clusters.X).mixture_
    gap, near, sound = gap_of(task, mixture, references)
    assert (near, sound) == (False, True)
    assert gap == pytest.approx(3, abs=1e-3)
    assert outcome_of(arm_of_text(["bad", "search=never"]), task, 0)["failed"].startswith("InputError")
    assert classes_of(ARMS["sklearn"], task, 0)["ari"] == 1
    assert classes_of(arm_of_text(["bad", "search=never"]), task, 0)["failed"].startswith("InputError")
    held_out = held_out_of(ARMS["sklearn"], task, 0)
    assert held_out["held_out"] < line["log_likelihood"] / 100 + 0.01


def test_options_of_an_arm_are_read_from_text(clusters):
    arm = arm_of_text(["more", "n_init=3", "search=off"])
    assert (arm.name, arm.title) == ("more", "gaussmix, n_init=3, search=off")
    assert arm.fit(clusters.X, 2, "full", 0).clear is None


def lines_of(arm, *gaps, cpu=1.0, **facts):
    """Return outcomes of tasks that are so many nats below the reference."""
    usual = {
        "family": "full",
        "K": 3,
        "N": 100,
        "D": 2,
        "supported": True,
        "real": True,
        "sound": True,
        "cpu": cpu,
    }
    return [
        {"table": f"t{i}", "arm": arm, "seed": 0, "log_likelihood": -100.0 - gap, **usual, **facts}
        for i, gap in enumerate(gaps)
    ]


def test_counts_of_outcomes():
    references = {f"t{i}|full|3": Reference(-100.0) for i in range(3)}
    ours = judged_by(lines_of("ours", 0.0, 0.3, 7.0, 0.0, cpu=4.0, clear=True, verdict=""), references)
    assert [line["reached"] for line in ours] == [True, True, False]  # the fourth has no reference
    assert success_of(ours)["worst"] == pytest.approx(7)
    assert calibration(ours, "ours") == {
        "clear": {"answers": 3, "below": 1},
        "doubtful": {"answers": 0, "below": 0},
    }
    theirs = judged_by(lines_of("sklearn", 9.0, 9.0, continued=-100.0, continued_sound=True), references)
    assert success_of(theirs)["reached"] == 0
    assert success_of(theirs)["after"] == 2
    assert ratio_of([*ours, *theirs], "ours")["mean"] == pytest.approx(4)
    assert judged_by(lines_of("ours", 0.0, sound=False), references)[0]["reached"] is False
    assert judged_by([{**lines_of("ours", 0.0)[0], "failed": "no"}], references)[0]["gap"] is None
    assert [band_of(K) for K in (2, 3, 4, 5, 9)] == ["2–3", "2–3", "4–5", "4–5", "6–"]


def test_the_page_is_made_of_outcomes():
    references = {f"t{i}|full|3": Reference(-100.0) for i in range(3)}
    lines = judged_by([*lines_of("ours", 0, 7, clear=True), *lines_of("sklearn", 0, 7)], references)
    held_out = [{**line, "held_out": -1.0} for line in lines]
    found = summary_of(lines, ["ours", "sklearn"])
    left_out = {**circumstances(), "rows": held_out_rows(held_out, ["ours", "sklearn"], "sklearn")}
    classes = {**circumstances(), "rows": class_rows([{**line, "ari": 0.5} for line in lines], ["ours"])}
    page = markdown(json.loads(json.dumps({"fits": found, "held_out": left_out, "classes": classes})))
    assert "| full, K = 2–3 | gaussmix | 2 | 2 | 50.0 % |" in page
    assert "| gaussmix | five and more | 50.0 % of 2 | – of 0 |" in page
    assert "| full | gaussmix | 2 | 100.0 % | +0.000 +0.000 +0.000 | +0.000 | +0.000 |" in page
    assert "| all | gaussmix | 0.500 | – |" in page
    assert kind_of({"real": False, "D": 2}) == "drawn"
    assert found["kinds"][0]["points"][0]["share"] == 0.5


def test_held_out_rows_of_a_family_are_those_of_both_arms():
    ours = [
        {**line, "held_out": score}
        for line, score in zip(lines_of("ours", 0, 0, 0), (-1, -6, -3), strict=True)
    ]
    theirs = [
        {**line, "held_out": score} for line, score in zip(lines_of("other", 0, 0), (-1, -2), strict=True)
    ]
    rows = held_out_rows([*ours, *theirs], ["ours", "other"], "other")
    assert [row[0] for row in rows] == ["full", "all"]
    assert rows[0][2:] == ["2", "50.0 %", "-3.600 -2.000 -0.400", "-2.000", "-0.500"]


def test_classes_are_compared_on_tasks_that_all_arms_have_fitted():
    ours, theirs = lines_of("ours", 0, 0), lines_of("other", 0, 0)
    lines = [{**line, "ari": ari} for line, ari in zip([*ours, theirs[0]], (0.5, 0.9, 0.7), strict=True)]
    lines.append({**theirs[1], "failed": "no mixture"})
    tied = [{**ours[0], "family": "tied-diag", "supported": False, "ari": 0.25}]
    rows = class_rows([*lines, *tied], ["ours", "other"])
    assert rows[0][1:] == ["tasks", "1", "0", "0", "0", "1", "0"]
    assert [rows[1][2], rows[2][2], rows[1][6], rows[2][6], rows[4][6]] == [
        "0.500",
        "0.700",
        "0.250",
        "–",
        "–",
    ]


def test_fits_below_another_are_counted_where_that_one_is_sound():
    theirs = [*lines_of("sklearn10", 0, 0), *lines_of("sklearn10", 0, 0, 0, sound=False)[2:]]
    lines = [*lines_of("ours", 0.4, 0.6, 9), *theirs]
    assert below_rows(lines, ["ours"])[0][2:] == ["50.0 % of 2", *["– of 0"] * 3, "50.0 % of 2"]


def test_rules_choose_among_distinct_sound_maxima_without_the_classes(clusters):
    task = Task(clusters, "diag", 2)
    maxima = maxima_of(task)
    likelihoods = [one.log_likelihood for one in maxima]
    assert likelihoods == sorted(likelihoods, reverse=True)
    assert (np.diff(likelihoods) < 0).all()
    assert maxima[0].hits > 1
    for rule in RULES.values():
        assert max(maxima, key=lambda one, rule=rule: rule(task, one)) is maxima[0]


def test_rules_are_compared_with_another_fit_of_the_same_tasks(clusters):
    task = Task(clusters, "tied", 2)
    lines = [
        {**held_out, "ari": index["ari"]}
        for held_out, index in zip(judged_task(task, "held_out"), judged_task(task, "ari"), strict=True)
    ]
    rows = {row[0]: row[1:] for row in rule_rows(lines)}
    half = ("tune", "report").index(half_of("clusters"))
    assert [rows["log-likelihood"][i + half] for i in (0, 4)] == ["100.0 %", "1.000"]
    assert [rows["tasks"][half], rows["scikit-learn, n_init=10"][2 + half]] == ["1", "+0.000"]


def test_a_fit_to_standardised_columns_is_a_mixture_of_the_columns():
    X = np.random.default_rng(0).normal(size=(200, 2)) * [1e-3, 1e3]
    X[:80] += [0.02, 0.0]
    arm = ARMS["sklearn10_scaled"]
    for family in arm.families:
        mixture = arm.fit(X, 2, family, 0).mixture
        assert sorted(np.bincount(mixture.responsibilities(X).argmax(axis=1))) == [80, 120]


def test_outcomes_are_read_again_and_half_a_line_is_left_out(tmp_path):
    path, line = tmp_path / "outcomes.jsonl", lines_of("ours", 1.0)[0]
    path.write_text(json.dumps({**line, "cpu": 9}) + "\n" + json.dumps(line) + "\n" + '{"table": "t')
    assert read([path, tmp_path / "none"]) == {key_of(line): line}


def test_the_grid_of_times_counts_ratios_by_rows():
    facts = {"kind": "grid", "N": 100, "D": 2, "K": 2, "family": "full", "over": False}
    lines = [{**facts, "arm": "ours", "cpu": 4.0}, {**facts, "arm": "sklearn", "cpu": 1.0}]
    lines += [{**line, "D": 5, "cpu": cpu} for line, cpu in zip(lines, (1.0, 1.0), strict=True)]
    lines.append({**facts, "D": 20, "arm": "ours", "cpu": 1.0})
    assert len(beside(lines)) == 2
    assert grid_rows(lines)[0][:6] == ["full", "100", "2", "2.00", "4.00", "4.0"]
    wide = [{**line, "kind": "wide"} for line in lines[:2]]
    assert other_rows([*wide, *lines]) == [["100 × 2, full, K = 2", "4", "1", "4.00"]]
    grid = [cell for cell in cells(quick=False) if cell.kind == "grid"]
    assert all(2 * cell.K <= cell.N for cell in grid)
    assert len(list(cells(quick=True))) < len(grid)
    assert measured(Cell("curve", 60, 2, 2, "diag"), "sklearn") > 0


def test_the_width_of_a_component_does_not_hang_on_units():
    X = np.random.default_rng(0).normal(size=(200, 3)) * [1e-3, 1e3, 1e7]
    weights, means = np.array([0.5, 0.5]), np.zeros((2, 3))
    narrow = 1e-4 * np.cov(X.T, bias=True)
    assert Judge(X).narrowest(np.stack([narrow, np.diag(np.diag(narrow))]))[0] == pytest.approx(1e-4)
    wide = Mixture(weights, means, np.array([1e12, 1e13]), family=family_of("spherical"))
    assert Judge(X).of(wide, "spherical").narrowest == pytest.approx(0.01, rel=0.3)
