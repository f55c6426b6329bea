"""The JSON form of a recorded fit."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, StudentMixture, TMixture, datasets, plots
from gaussmix.plots import colours
from gaussmix.uniform import Uniform
from gaussmix.view import bundle
from gaussmix.view.content import recorded_view
from gaussmix.view.frames import (
    frame_of,
    frame_of_step,
    frames_of,
    numbers,
    rows_in_json,
    with_responsibilities,
)

X = datasets.load_faithful().data


def test_a_frame_holds_the_parameters() -> None:
    mixture = datasets.random_mixture(3, 4, random_state=1)
    frame = json.loads(
        json.dumps(frame_of(mixture, iteration=2, phase="M", log_likelihood=-3.5), allow_nan=False)
    )
    np.testing.assert_array_equal(frame["weights"], mixture.weights)
    np.testing.assert_array_equal(frame["means"], mixture.means)
    np.testing.assert_array_equal(frame["covariances"], mixture.covariances.dense())
    assert (frame["iteration"], frame["phase"], frame["logLikelihood"], frame["noise"]) == (
        2,
        "M",
        -3.5,
        None,
    )


@pytest.mark.parametrize("columns", [[0], [3], [2, 0], [1, 3]])
@pytest.mark.parametrize("family", ["full", "diag", "spherical", "tied"])
def test_a_frame_of_some_columns_is_the_marginal_mixture(columns: list[int], family: str) -> None:
    rows, _ = datasets.random_mixture(2, 4, random_state=0).sample(200, random_state=0)
    model = GaussianMixture(2, covariance_type=family, random_state=0, search="off").fit(rows)
    frame = frame_of(model, columns=columns)
    np.testing.assert_allclose(frame["means"], model.means_[:, columns])
    dense = model.mixture_.covariances.dense()
    np.testing.assert_allclose(frame["covariances"], dense[:, columns][:, :, columns])


@pytest.mark.parametrize("columns", [None, [1], [2, 0]])
@pytest.mark.parametrize("degrees", [1.0, 4.0, [2.0, 7.0]])
def test_a_frame_of_t_distributions_has_degrees_of_freedom(columns: list[int] | None, degrees: Any) -> None:
    mixture = TMixture([0.3, 0.7], [[0.0, 1.0, 2.0], [4.0, 5.0, 6.0]], [1.0, 2.0], degrees)
    assert frame_of(mixture, columns=columns)["degrees"] == np.broadcast_to(degrees, 2).tolist()
    assert frame_of(Mixture([1.0], [[0.0]], [1.0]))["degrees"] is None


@pytest.mark.parametrize("search", ["off", "auto"])
@pytest.mark.parametrize("degrees", ["common", "each", 3.0])
def test_a_replay_of_t_distributions_has_degrees_of_freedom(search: str, degrees: Any) -> None:
    heavy = TMixture([0.4, 0.6], [[0.0, 0.0], [12.0, 5.0]], [1.0, 2.0], 3.0)
    rows, _ = heavy.sample(600, random_state=0)
    model = StudentMixture(2, degrees_of_freedom=degrees, search=search, random_state=0).fit(rows)
    frames = recorded_view(model, rows)["frames"]
    assert all(len(frame["degrees"]) == 2 for frame in frames)
    np.testing.assert_allclose(frames[-1]["degrees"], model.degrees_of_freedom_, rtol=0.05)


def test_the_noise_component_is_in_the_frame() -> None:
    uniform = Uniform(0.2, np.zeros(2), np.array([2.0, 4.0]), np.log(8.0))
    mixture = Mixture([0.8], [[1.0, 1.0]], [1.0], uniform=uniform)
    assert frame_of(mixture)["noise"] == {
        "weight": 0.2,
        "logVolume": pytest.approx(np.log(8.0)),
        "lower": [0.0, 0.0],
        "upper": [2.0, 4.0],
    }


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_null(value: float | None) -> None:
    assert frame_of(Mixture([1.0], [[0.0]], [1.0]), log_likelihood=value)["logLikelihood"] is None
    assert json.dumps(numbers(np.array([1.0, np.nan, np.inf])), allow_nan=False) == "[1.0, null, null]"


def test_steps_of_em_and_of_the_search_make_frames() -> None:
    seen = []
    GaussianMixture(3, random_state=0, callbacks=lambda step: seen.append(frame_of_step(step))).fit(X)
    phases = [frame["phase"] for frame in seen]
    assert {"search", "M"} == set(phases)
    assert all(frame["words"] for frame in seen if frame["phase"] == "search")
    json.dumps(seen, allow_nan=False)


def test_a_recording_makes_frames() -> None:
    start = Mixture([0.5, 0.5], [[2.0, 55.0], [4.5, 80.0]], [20.0, 20.0])
    recorder = plots.Recorder(start)
    GaussianMixture(2, search="off", random_state=0, max_iter=4, tol=0, callbacks=recorder).fit(X)
    frames = frames_of(recorder)
    assert [frame["phase"] for frame in frames] == ["start", "M", "M", "M", "M"]
    assert frames == frames_of(recorder.frames)


def test_responsibilities_travel_as_bytes() -> None:
    mixture = datasets.random_mixture(3, 2, random_state=1)
    rows, _ = mixture.sample(50, random_state=0)
    frame = with_responsibilities(frame_of(mixture, columns=[0]), mixture, rows)
    shares = np.frombuffer(base64.b64decode(frame["responsibilities"]), dtype=np.uint8).reshape(50, 3) / 255
    np.testing.assert_allclose(shares, mixture.responsibilities(rows), atol=1 / 500)


def test_rows_keep_six_digits_and_their_holes() -> None:
    found = rows_in_json(np.array([[1e-9 / 3, np.nan], [123456789.0, -0.5]]), ["a", "</script>"])
    assert found == {"columns": [[3.33333e-10, 123457000.0], [None, -0.5]], "names": ["a", "</script>"]}


@pytest.mark.parametrize("name", ["ON_LIGHT", "ON_DARK"])
def test_the_colours_are_those_of_the_plots(name: str) -> None:
    text = re.search(rf"const {name} = \[(.*?)\]", bundle.script())
    assert text is not None
    assert tuple(re.findall(r"#\w+", text[1])) == getattr(colours, f"_{name}")


def test_the_bundle_has_each_module_once_and_no_imports() -> None:
    text = bundle.script()
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)
    names = re.findall(r"^(?:function|const|class) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 40
