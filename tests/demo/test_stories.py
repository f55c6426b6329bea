from __future__ import annotations

import numpy as np
import pytest

from gaussmix import datasets
from gaussmix.demo.figures import Player
from gaussmix.demo.synthetic import matched, recover
from gaussmix.demo.vowels import FORMANTS, cross_validate, random_start, record_fit
from gaussmix.report.rendering import Markup, Table, template


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


def test_the_start_is_at_random_rows() -> None:
    vowels = datasets.load_vowels()
    X = vowels.data[vowels.target == "iy", 1:3]
    start = random_start(X, 3, seed=0)
    assert all((mean == X).all(axis=1).any() for mean in start.means)
    np.testing.assert_allclose(start.covariances.array, np.tile(X.var(axis=0) / 3, (3, 1)))


def test_the_fit_begins_at_the_start_and_never_falls() -> None:
    fit = record_fit("ih", 3, 0)
    start = fit.recorder.frames[0].mixture
    assert fit.recorder.log_likelihood[0] == pytest.approx(start.log_prob(fit.X).mean())
    assert (np.diff(fit.recorder.log_likelihood) > -1e-9).all()
    assert fit.model.converged_


def test_an_animation_thins_out_and_ends_at_the_last_iteration() -> None:
    fit = record_fit("ih", 3, 0)
    shown = [frame.iteration for frame in fit.frames(10)]
    assert shown[:13] == [*range(11), 15, 20]
    assert shown[-1] == fit.model.n_iter_


def test_no_speaker_is_in_the_training_and_the_test_rows() -> None:
    result = cross_validate(FORMANTS, 1, only=("iy", "ih"))
    vowels = datasets.load_vowels()
    two = np.isin(vowels.target, ["iy", "ih"])
    heldout = two & (vowels.speaker % 4 == 0)
    np.testing.assert_array_equal(result.X, vowels.data[heldout, 1:3])
    assert result.counts.sum() == two.sum()


EVIL = ["<script>alert(1)</script>", '"', "a & b", "</td>", "{{ title }}", "'onload='x"]


@pytest.mark.parametrize("text", EVIL)
def test_text_is_escaped_and_markup_is_not(text: str) -> None:
    macros = template("macros.html").module
    table = Table(text, ["", text], [[text, text], [Markup("<b>x</b>"), "1 < 2"]], text, [(text, 2)])
    made = str(macros.table(*table))  # type: ignore[attr-defined]
    assert "<script>" not in made
    assert "<b>x</b>" in made
    assert "<td>1 &lt; 2</td>" in made
    assert made.count(str(Markup.escape(text))) == 7


@pytest.mark.parametrize("text", EVIL)
def test_the_values_of_an_animation_are_escaped(text: str) -> None:
    player = Player(text, text, [[0, None], [1, -2.5]], (1, 1))
    made = str(template("demo_macros.html").module.player(player))  # type: ignore[attr-defined]
    assert "<script>" not in made
    assert "[[0,null],[1,-2.5]]" in made.replace(" ", "").replace("&#34;", '"')
