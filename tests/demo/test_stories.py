from __future__ import annotations

import numpy as np
import pytest

from gaussmix import datasets
from gaussmix.demo.html import Html, figure, paragraph, table
from gaussmix.demo.synthetic import matched, recover
from gaussmix.demo.vowels import FORMANTS, climb, first_mixture, judge


def test_matching_undoes_any_order_of_the_components() -> None:
    truth = datasets.random_mixture(5, 2, random_state=4)
    X, _ = truth.sample(500, random_state=0)
    order = np.array([3, 0, 4, 1, 2])
    again = truth.take(order).take(matched(truth, truth.take(order), X))
    np.testing.assert_array_equal(again.means, truth.means)


def test_the_true_parameters_are_found_again() -> None:
    story = recover(2, 20_000, 23, n_init=6, init_params="random_from_data")
    np.testing.assert_allclose(story.found.means, story.truth.means, atol=0.1)
    np.testing.assert_allclose(story.found.weights, story.truth.weights, atol=0.02)
    assert story.gap == pytest.approx(0.0, abs=1e-3)


def test_the_start_is_a_rough_one() -> None:
    table = datasets.load_vowels()
    X = table.take(table.vowel == "iy").columns(FORMANTS)
    start = first_mixture(X, 3, seed=0)
    assert all((mean == X).all(axis=1).any() for mean in start.means)
    np.testing.assert_allclose(start.covariances.array, np.tile(X.var(axis=0) / 3, (3, 1)))


def test_the_fit_begins_at_the_start_and_climbs() -> None:
    story = climb("ih", 3, 0)
    start = story.recorder.frames[0].mixture
    assert story.recorder.log_likelihood[0] == pytest.approx(start.log_prob(story.X).mean())
    assert (np.diff(story.recorder.log_likelihood) > -1e-9).all()
    assert story.model.converged_


def test_a_film_thins_out_and_ends_at_the_last_iteration() -> None:
    story = climb("ih", 3, 0)
    shown = [frame.iteration for frame in story.frames(10)]
    assert shown[:13] == [*range(11), 15, 20]
    assert shown[-1] == story.model.n_iter_


def test_no_speaker_is_heard_and_held_out() -> None:
    vowels = datasets.load_vowels()
    two = vowels.take((vowels.vowel == "iy") | (vowels.vowel == "ih"))
    verdict = judge(two, FORMANTS, 1)
    assert not set(two.speaker[verdict.heldout]) & set(two.speaker[~verdict.heldout])
    assert verdict.counts.sum() == len(two)


def test_text_is_escaped_and_html_is_not() -> None:
    assert paragraph("<b>") == "<p>&lt;b&gt;</p>"
    assert paragraph(Html("<b>x</b>")) == "<p><b>x</b></p>"
    assert "&quot;" in figure("a.png", "b.png", 'say "a"', "", (1, 1))
    assert "<td>1 &lt; 2</td>" in table("t", ["", "a"], [["b", "1 < 2"]])
