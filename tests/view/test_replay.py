"""Replays: what they record, what they say of it, and what they hold."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gaussmix
import gaussmix.sources
from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, plots
from gaussmix.errors import InputError, InputTypeError
from gaussmix.files import FileAccessError
from gaussmix.view.content import recorded_view
from gaussmix.view.page import hash_of, in_json
from gaussmix.view.recording import recording_of

X = datasets.load_faithful().data


def mean_log_likelihood(frame: dict[str, Any]) -> float:
    mixture = Mixture(frame["weights"], frame["means"], np.array(frame["covariances"]))
    return float(mixture.log_prob(X).mean())


def test_a_recorded_fit_is_shown_as_it_was() -> None:
    recorder = plots.Recorder()
    model = GaussianMixture(2, search="off", acceleration="off", random_state=0, callbacks=recorder).fit(X)
    content = recorded_view(recorder, X)
    assert [frame["iteration"] for frame in content["frames"]] == list(range(1, model.n_iter_ + 1))
    assert [frame["logLikelihood"] for frame in content["frames"]] == model.trace_.log_likelihood.tolist()
    assert content["notes"][0] == "The iterations are those of the fit, as they were recorded."


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_without_a_search_is_run_again_as_it_was(seed: int) -> None:
    model = GaussianMixture(3, search="off", acceleration="off", random_state=seed, tol=1e-5).fit(X)
    frames = recorded_view(model, X)["frames"]
    np.testing.assert_allclose([frame["logLikelihood"] for frame in frames], model.trace_.log_likelihood)
    np.testing.assert_allclose(frames[-1]["means"], model.means_)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("covariance_type", ["full", "diag", "tied", "spherical"])
def test_a_searched_fit_is_run_again_from_the_start_of_its_best_run(K: int, covariance_type: str) -> None:
    model = GaussianMixture(K, covariance_type=covariance_type, random_state=1).fit(X)
    content = recorded_view(model, X)
    frames = content["frames"]
    assert frames[0]["phase"] == "start"
    assert "from the start of the best run" in content["notes"][0]
    assert mean_log_likelihood(frames[-1]) == pytest.approx(model.score(X), abs=2e-3)
    # EM as the trace of the replay says: the value of an iteration is that of the mixture before it.
    for before, frame in itertools.pairwise(frames):
        if frame["phase"] == "M":
            assert frame["logLikelihood"] == pytest.approx(mean_log_likelihood(before), abs=1e-9)


def test_the_components_have_the_numbers_of_the_fit() -> None:
    model = GaussianMixture(3, random_state=0).fit(X)
    np.testing.assert_allclose(recorded_view(model, X)["frames"][-1]["means"], model.means_, rtol=0.02)


def test_moves_of_the_search_follow() -> None:
    rows, _ = datasets.random_mixture(6, 2, random_state=3).sample(600, random_state=0)
    model = GaussianMixture(6, random_state=0, init_params="random").fit(rows)
    best = [e for e in model.trace_.search.events if e.run == model.trace_.search.best]
    frames = recorded_view(model, rows)["frames"]
    taken = [e.title for e in best if e.is_move and e.taken]
    assert [frame["words"] for frame in frames if frame["phase"] == "search"][: len(taken)] == taken


@pytest.mark.parametrize(
    "options",
    [
        {"sample_weight": np.tile([1.0, 3.0], 136)},
        {"noise": np.tile([0.01, 1.0], (272, 1))},
        {"sample_weight": np.tile([0.0, 1.0], 136)},
    ],
)
def test_weights_and_errors_of_the_rows(options: dict[str, Any]) -> None:
    model = GaussianMixture(2, random_state=0).fit(X, **options)
    content = recorded_view(model, X, **options)
    np.testing.assert_allclose(content["frames"][-1]["means"], model.means_, rtol=0.05)
    assert ("responsibilities" in content["frames"][0]) == ("noise" in options)


def test_other_fits() -> None:
    holed = X.copy()
    holed[::9, 1] = np.nan
    incomplete = GaussianMixture(2, random_state=0).fit(holed)
    assert None in recorded_view(incomplete, holed)["rows"]["columns"][1]
    noisy = GaussianMixture(2, random_state=0, noise_component=True).fit(X)
    assert recorded_view(noisy, X)["frames"][-1]["noise"]["weight"] == pytest.approx(
        noisy.mixture_.uniform.weight, rel=0.05
    )
    automatic = GaussianMixture("auto", random_state=0).fit(X)
    assert len(recorded_view(automatic, X)["frames"][-1]["weights"]) == automatic.mixture_.n_components
    alone = recorded_view(noisy.mixture_, X)
    assert [frame["words"] for frame in alone["frames"]] == ["The mixture"]


def test_a_loaded_model_is_run_again(tmp_path: Path) -> None:
    model = GaussianMixture(2, random_state=0).fit(X)
    model.save(tmp_path / "model.safetensors")
    content = recorded_view(gaussmix.load(tmp_path / "model.safetensors"), X)
    assert "init_params='kmeans'" in content["notes"][0]
    assert mean_log_likelihood(content["frames"][-1]) == pytest.approx(model.score(X), abs=2e-3)


def test_a_long_recording_is_cut() -> None:
    mixture = Mixture([1.0], [[3.0, 70.0]], [4.0])
    frames = [plots.Frame(i, mixture) for i in range(500)]
    recording = recording_of(frames, X)
    assert len(recording.frames) == 201
    assert recording.frames[-1].words == "Iteration 499"
    assert recording.notes[1] == "Of 500 frames, the first 200 and the last are here."


def test_em_of_many_rows_is_run_again_on_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaussmix.view.recording._MOST_ROWS", 100)
    model = GaussianMixture(2, random_state=0).fit(X, sample_weight=np.tile([1.0, 2.0], 136))
    content = recorded_view(model, X, sample_weight=np.tile([1.0, 2.0], 136))
    assert content["notes"][0].startswith("EM was run again on 100 of the 272 rows")
    assert content["notes"][1] == "The last frame is the fitted mixture, of all rows."
    np.testing.assert_array_equal(content["frames"][-1]["means"], model.means_)


@pytest.mark.parametrize("search", ["auto", "off"])
def test_components_keep_their_colours_to_the_end(search: str) -> None:
    rows, _ = datasets.random_mixture(5, 2, random_state=3).sample(600, random_state=0)
    model = GaussianMixture(5, random_state=2, search=search, init_params="random").fit(rows)
    *_, before, last = recorded_view(model, rows)["frames"]
    for mean, after in zip(before["means"], last["means"], strict=True):
        distances = np.linalg.norm(np.array(before["means"]) - after, axis=1)
        assert np.linalg.norm(np.array(mean) - after) == pytest.approx(distances.min(), abs=0.5)


@pytest.mark.parametrize("n", [1, 50, 272, 1000])
def test_some_rows_are_drawn(n: int) -> None:
    content = recorded_view(Mixture([1.0], [[3.0, 70.0]], [4.0]), X, max_rows=n)
    assert len(content["rows"]["columns"][0]) == min(n, 272)
    said = "All 272 rows are drawn." if n >= 272 else f"A uniform sample of {n} of 272 rows is drawn."
    assert content["notes"][-1] == said


@pytest.mark.parametrize(
    ("columns", "first"), [(None, [2, 3]), ([0, 1], [0, 1]), (["c", "a"], [2, 0]), ("b", [1]), (3, [3])]
)
def test_the_first_columns(columns: Any, first: list[int]) -> None:
    mixture = Mixture([0.5, 0.5], [[0.0] * 4, [0.0, 0.1, 5.0, 6.0]], [1.0, 1.0])
    rows, _ = mixture.sample(20, random_state=0)
    assert recorded_view(mixture, rows, columns=columns, feature_names=list("abcd"))["columns"] == first


def test_a_classifier_has_several_mixtures() -> None:
    classifier = MixtureClassifier(1, random_state=0).fit(X, X[:, 0] > 3)
    with pytest.raises(InputTypeError, match="MixtureClassifier: give one of its mixtures_"):
        gaussmix.replay(classifier, X)


@pytest.mark.parametrize(
    "options",
    [
        {"prior": gaussmix.ConjugatePrior()},
        {"fix": {"weights": "equal"}},
        {"fix": {"means": [0]}, "means_init": [[2.0, 55.0], [np.nan, np.nan]]},
        {"fix": {"means": [0]}, "means_init": [[2.0, 55.0], [4.0, 80.0]], "search": "off"},
        {"max_eigenvalue_ratio": 50.0},
        {"min_weight": 0.4},
    ],
)
def test_the_options_of_the_fit_hold_for_the_replay(options: dict[str, Any]) -> None:
    model = GaussianMixture(2, random_state=0, **options).fit(X)
    np.testing.assert_allclose(recorded_view(model, X)["frames"][-1]["weights"], model.weights_, rtol=0.02)


@pytest.mark.parametrize(
    ("fit", "rows", "options", "said"),
    [
        ([], X, {}, "no mixture to show"),
        (Mixture([1.0], [[0.0]], [1.0]), X, {}, "X has 2 columns, and the mixture 1"),
        (GaussianMixture(2), X, {}, "call its fit first"),
        (Mixture([1.0], [[0.0, 0.0]], [1.0]), X, {"max_rows": 0}, "max_rows"),
        (Mixture([1.0], [[0.0, 0.0]], [1.0]), X, {"columns": "no"}, "no"),
        (Mixture([1.0], [[0.0, 0.0]], [1.0]), X, {"feature_names": ["a"]}, "feature_names"),
        (Mixture([1.0], [[0.0, 0.0]], [1.0]), X, {"path": "replay.pdf"}, "replay.pdf"),
    ],
)
def test_what_cannot_be_shown(fit: Any, rows: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        gaussmix.replay(fit, rows, **options)


@pytest.mark.parametrize("rows", ["rows.csv", Path("rows.parquet"), gaussmix.sources.ArraySource(X)])
def test_rows_that_are_read_in_blocks(rows: Any) -> None:
    with pytest.raises(InputTypeError, match="a replay draws rows in memory, and X is of type "):
        gaussmix.replay(Mixture([1.0], [[0.0, 0.0]], [1.0]), rows)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="nowhere"):
        gaussmix.replay(Mixture([1.0], [[0.0, 0.0]], [1.0]), X, tmp_path / "nowhere" / "replay.html")


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028\u2029", "a & b", "\ud800", "]]>", "\\u003c"])
def test_json_within_a_page(text: str) -> None:
    found = in_json({"name": text})
    assert found.isascii()
    assert not set("<>&") & set(found)
    assert json.loads(found) == {"name": text}


def test_the_policy_has_the_hashes_of_what_the_page_holds() -> None:
    page = gaussmix.replay(Mixture([1.0], [[3.0, 70.0]], [4.0]), X)
    policy = re.search(r'content="(default-src[^"]*)"', page)
    assert policy is not None
    scripts = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(scripts) == len(styles) == 1
    assert f"script-src {hash_of(scripts[0])};" in policy[1]
    assert f"style-src {hash_of(styles[0])};" in policy[1]
    assert not re.findall(r"https?://(?!www\.w3\.org)|\bon\w+=|style=\"", page)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_the_trimmed_rows_are_those_that_the_fit_leaves_out(missing: float) -> None:
    rng = np.random.default_rng(0)
    rows = np.where(rng.random(X.shape) < missing, np.nan, X)
    model = GaussianMixture(2, trim=0.05, search="off", random_state=0).fit(rows)
    frames = recorded_view(model, rows)["frames"]
    assert frames[-1]["trimmed"] == np.flatnonzero(model.predict(rows) == -1).tolist()
    assert {len(frame["trimmed"]) for frame in frames} == {len(frames[-1]["trimmed"])}
    assert "trimmed" not in recorded_view(GaussianMixture(2, random_state=0).fit(X), X)["frames"][-1]


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({"trim": 0.05}, "The trimmed rows, 5.0% of all, "),
        ({"trim": 0.125}, "The trimmed rows, 12.5% of all, "),
        ({"bounds": ([1.0, 40.0], [6.0, 100.0])}, "The components are drawn without the bounds"),
        ({"censored": ([1.0, 50.0], [6.0, 90.0])}, "Censored values are drawn at their limits"),
        ({}, "All 272 rows are drawn."),
    ],
)
def test_notes_say_what_the_drawing_does_not_know(options: dict[str, Any], note: str) -> None:
    model = GaussianMixture(2, search="off", random_state=0, **options).fit(X)
    assert recorded_view(model, X)["notes"][-1].startswith(note)
