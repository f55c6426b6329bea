"""A fit step by step: E and M, back and forth, components moved by hand."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets

PLAIN = {"n_components": 3, "search": "off", "acceleration": "off"}


def mixture_of(frame) -> Mixture:
    return Mixture(frame["weights"], np.array(frame["means"]), np.array(frame["covariances"]))


def shares_of(frame, n: int):
    found = np.frombuffer(base64.b64decode(frame["responsibilities"]), dtype=np.uint8)
    return found.reshape(n, -1) / 255


@pytest.fixture
def begun(page):
    """A page with a fit that waits at its start."""
    page.take("faithful")
    assert page.do("show", columns=["eruptions", "waiting"]) is None
    assert page.do("start", options=PLAIN, paused=True) is None
    page.first = page.until_frame()
    return page


def next_frame(page, after, **fields):
    """The frame after a step."""
    assert page.do("step", **fields) is None
    return page.until_frame(lambda frame: frame["frame"] > after["frame"])


def test_e_and_m_steps_are_those_of_the_library(begun):
    X = datasets.load_faithful().data
    frame = begun.first
    assert (frame["phase"], frame["iteration"]) == ("start", 0)
    for iteration in (1, 2, 3):
        before = mixture_of(frame)
        e = next_frame(begun, frame)
        assert (e["phase"], e["half"], e["iteration"]) == ("E", True, iteration)
        assert mixture_of(e) == before
        assert np.abs(shares_of(e, len(X)) - before.responsibilities(X)).max() <= 0.5 / 255 + 1e-9
        m = next_frame(begun, e)
        assert (m["phase"], m["half"], m["iteration"]) == ("M", True, iteration)
        assert m["responsibilities"] == e["responsibilities"]
        own = GaussianMixture(3, init_params=before, max_iter=1, tol=0, acceleration="off").fit(X)
        assert np.allclose(m["means"], own.means_, rtol=1e-12)
        assert m["logLikelihood"] == pytest.approx(before.log_prob(X).mean(), rel=1e-12)
        frame = m


def test_whole_steps_move_rows_and_components_at_once(begun):
    frame = next_frame(begun, begun.first, half=False)
    assert (frame["phase"], frame["half"], frame["iteration"]) == ("M", False, 1)
    shares = mixture_of(frame).responsibilities(datasets.load_faithful().data)
    assert np.abs(shares_of(frame, 272) - shares).max() <= 0.5 / 255 + 1e-9


def test_a_fit_that_was_stepped_ends_where_the_library_does(begun):
    frame = begun.first
    for _ in range(5):
        frame = next_frame(begun, frame)
    assert begun.do("resume") is None
    fit = begun.until_fit("done")
    own = GaussianMixture(**PLAIN, random_state=0).fit(datasets.load_faithful().data)
    assert fit["n_iter"] == own.n_iter_
    last = begun.get("frames", first=fit["shown"], count=1).json()["frames"][0]
    assert mixture_of(last) == own.mixture_


def test_back_and_forth_through_the_record(begun):
    assert begun.do("resume") is None
    fit = begun.until_fit("done")
    for number in (0, fit["frames"] - 1, 3, 3, 10**6):
        assert begun.do("seek", frame=number) is None
        wanted = min(number, fit["frames"] - 1)
        assert begun.until_frame(lambda frame, wanted=wanted: frame["frame"] == wanted)
    assert begun.do("seek", frame=0) is None
    assert mixture_of(begun.until_frame(lambda f: f["frame"] == 0)) == mixture_of(begun.first)


def test_the_curves_have_every_iteration(begun):
    assert begun.do("resume") is None
    fit = begun.until_fit("done")
    own = GaussianMixture(**PLAIN, random_state=0).fit(datasets.load_faithful().data)
    trace = begun.get("trace").json()
    assert trace["phases"] == "s" + "M" * fit["n_iter"]
    assert trace["mean_log_likelihood"][1:] == pytest.approx(own.lower_bounds_, rel=1e-14)


def test_curves_arrive_without_gaps_although_frames_are_left_out(page):
    page.take("vowels", "F1", "F2")
    page.send("start", options={"n_components": 4, "search": "off"})
    parts, phases, fit = [], "", {}
    # The last curves may come before or after the state that ends the fit.
    while fit.get("state") != "done" or len(phases) != fit["frames"]:
        event = page.until(lambda e: e["event"] in ("trace", "state"))
        if event["event"] == "trace":
            assert event["first"] == len(phases)
            parts += event["mean_log_likelihood"]
            phases += event["phases"]
        else:
            fit = event["session"]["fit"]
    assert parts == page.get("trace").json()["mean_log_likelihood"]


def test_a_mean_is_moved_and_em_goes_on_from_there(begun):
    X = datasets.load_faithful().data
    assert begun.do("set_mean", component=1, columns=["waiting"], mean=[60.0]) is None
    frame = begun.until_frame(lambda f: f["words"] == "component 1 moved")
    assert begun.state()["fit"]["state"] == "edited"
    start = mixture_of(frame)
    assert start.means[1, 1] == 60.0
    assert np.delete(start.means.ravel(), 3) == pytest.approx(
        np.delete(np.array(begun.first["means"]).ravel(), 3)
    )
    assert begun.do("resume") is None
    fit = begun.until_fit("done")
    own = GaussianMixture(3, init_params=start, acceleration="off").fit(X)
    assert (fit["n_iter"], fit["converged"]) == (own.n_iter_, True)
    last = begun.get("frames", first=fit["shown"], count=1).json()["frames"][0]
    assert mixture_of(last) == own.mixture_


def test_steps_from_a_mixture_that_was_edited(begun):
    assert begun.do("set_mean", component=0, columns=["eruptions", "waiting"], mean=[2.0, 90.0]) is None
    edited = begun.until_frame(lambda f: f["words"])
    e = next_frame(begun, edited)
    assert (e["phase"], e["run"]) == ("E", 1)
    m = next_frame(begun, e)
    assert (m["phase"], m["iteration"]) == ("M", 1)


def test_components_are_added_and_removed(begun):
    assert begun.do("add_component", columns=["eruptions"], mean=[3.0]) is None
    assert begun.state()["fit"]["n_components"] == 4
    frame = begun.until_frame(lambda f: len(f["weights"]) == 4)
    assert frame["weights"][3] == pytest.approx(0.25)
    before = mixture_of(begun.first)
    assert frame["means"][3] == pytest.approx(before.impute([[3.0, np.nan]])[0])
    assert begun.do("remove_component", component=0) is None
    frame = begun.until_frame(lambda f: len(f["weights"]) == 3)
    assert sum(frame["weights"]) == pytest.approx(1.0)
    assert begun.do("resume") is None
    assert begun.until_fit("done")["n_components"] == 3


@pytest.mark.parametrize("family", ["diag", "tied", "spherical", "VEV", "tied-diag"])
def test_an_edited_mixture_stays_in_its_family(page, family):
    page.take("vowels", "F1", "F2", "F3")
    options = {"n_components": 3, "covariance_type": family, "search": "off", "max_iter": 5}
    page.fitted(**options)
    assert page.do("add_component", columns=["F1", "F3"], mean=[600.0, 2500.0]) is None
    assert page.do("resume") is None
    fit = page.until_fit("done")
    assert (fit["n_components"], fit["options"]["covariance_type"]) == (4, family)


@pytest.mark.parametrize(
    ("command", "fields", "words"),
    [
        ("set_mean", {"component": 9, "columns": ["waiting"], "mean": [1.0]}, "There is no component 9"),
        ("set_mean", {"component": 0, "columns": ["none"], "mean": [1.0]}, "'none' is not among the columns"),
        ("set_mean", {"component": 0, "columns": ["waiting"], "mean": [1.0, 2.0]}, "2 numbers do not fit"),
        ("add_component", {"columns": ["waiting"], "mean": []}, "0 numbers do not fit"),
        ("remove_component", {"component": 3}, "There is no component 3"),
        ("remove_component", {"component": -1}, "Expected `int` >= 0"),
        ("seek", {"frame": "x"}, "Expected `int`"),
        ("show", {"columns": ["none"]}, "'none' is not among the columns"),
        ("choose", {"n_components": 1, "family": "full"}, "There is no sweep"),
        ("classify", {}, "choose a column of labels"),
        ("start", {"options": {"n_components": 0}}, "Expected `int` >= 1"),
        ("start", {"options": {"covariance_type": "none"}}, "covariance_type is 'none'"),
        ("start", {"options": {"tol": -1}}, ">= 0"),
        ("start", {}, "missing required field `options`"),
        ("fly", {}, "Invalid value 'fly'"),
        ("pause", {"more": 1}, "unknown field `more`"),
    ],
)
def test_a_command_that_cannot_be_carried_out_gets_one_sentence(begun, command, fields, words):
    error = begun.do(command, **fields)
    assert error is not None
    assert words in error
    assert "\n" not in error
    assert begun.state()["fit"]["state"] == "paused"


@pytest.mark.parametrize("command", ["pause", "resume", "step"])
def test_without_a_fit_there_is_nothing_to_go_on_with(page, command):
    assert "There is no fit" in page.do(command)


def test_the_moves_of_a_search_are_told(page):
    page.take("vowels", "F1", "F2")
    page.send("start", options={"n_components": 5})
    moves = []
    while True:
        event = page.until(lambda e: e["event"] in ("move", "state"))
        if event["event"] == "move":
            moves.append(event)
        elif event["session"]["fit"]["state"] == "done":
            break
    own = GaussianMixture(5, random_state=0).fit(datasets.load_vowels().data[:, 1:3])
    wanted = [(e.kind, e.taken) for e in own.trace_.search.events]
    assert [(move["kind"], move["taken"]) for move in moves] == wanted
    said = page.get("explain/fit").json()
    assert f"{own.trace_.search.n_tried:,} moves" in said["search"][0]
    assert said["runs"].startswith(own.trace_.search.summary().split(",")[0].split(" on ")[0])


def test_a_paced_fit_pauses_at_once(page):
    page.take("faithful")
    assert page.do("pace", seconds=10.0) is None
    page.send("start", options=PLAIN)
    page.until_frame()
    assert page.do("pause") is None
    assert page.do("pace", seconds=0.0) is None
    assert page.do("resume") is None
    assert page.until_fit("done")["state"] == "done"
