"""Missing values and values behind measurement errors: conditional means and draws of them."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.errors import InputError
from gaussmix.incomplete import patterns
from gaussmix.uniform import Uniform

from .support import assert_close

CORRELATED = np.array([[[2.0, 0.9], [0.9, 1.0]], [[1.0, -0.5], [-0.5, 3.0]]])
MIXTURE = Mixture([0.4, 0.6], [[0.0, 0.0], [4.0, -1.0]], CORRELATED)


def test_patterns_cover_each_row_once():
    missing = np.random.default_rng(0).random((50, 11)) < 0.3
    seen = np.concatenate([rows for _, rows in patterns(missing)])
    assert sorted(seen) == list(range(50))
    for columns, rows in patterns(missing):
        assert (np.flatnonzero(~missing[rows[-1]]) == columns).all()


def test_conditional_means_are_those_of_the_conditional_mixture():
    for x in (-3.0, 0.5, 2.0, 6.0):
        found = MIXTURE.impute([[x, np.nan]])
        assert found[0, 0] == x
        assert_close(found[0, 1], MIXTURE.condition([0], [x]).mean()[0], rtol=1e-10)


def test_a_row_without_values_is_imputed_by_the_mean():
    assert_close(MIXTURE.impute([[np.nan, np.nan]])[0], MIXTURE.mean(), rtol=1e-10)


def test_draws_have_the_conditional_mean_and_variance():
    conditional = MIXTURE.condition([0], [2.0])
    drawn = MIXTURE.draw(np.tile([2.0, np.nan], (1, 1)), draws=4000, random_state=0)[:, 0]
    assert (drawn[:, 0] == 2.0).all()
    assert abs(drawn[:, 1].mean() - conditional.mean()[0]) < 4 * drawn[:, 1].std() / 4000**0.5
    assert drawn[:, 1].var() == pytest.approx(conditional.covariance()[0, 0], rel=0.1)


def test_denoising_is_shrinkage_for_one_component():
    one = Mixture([1.0], [[1.0, 2.0]], CORRELATED[:1])
    noise = np.array([[[0.5, 0.1], [0.1, 0.7]]])
    x = np.array([[3.0, -1.0]])
    expected = [1.0, 2.0] + CORRELATED[0] @ np.linalg.solve(CORRELATED[0] + noise[0], x[0] - [1.0, 2.0])
    assert_close(one.denoise(x, noise)[0], expected, rtol=1e-12)


def test_draws_behind_errors_have_the_posterior_variance():
    one = Mixture([1.0], [[0.0]], [1.0])
    drawn = one.draw([[2.0]], draws=4000, random_state=1, noise=[[1.0]])[:, 0, 0]
    assert drawn.mean() == pytest.approx(1.0, abs=0.05)
    assert drawn.var() == pytest.approx(0.5, rel=0.1)


def test_errors_widen_the_density():
    one = Mixture([1.0], [[0.0]], [1.0])
    assert_close(one.log_prob([[0.0]], noise=[[3.0]]), np.array([-0.5 * np.log(2 * np.pi * 4.0)]), rtol=1e-12)


def test_no_errors_are_no_errors():
    rows = np.random.default_rng(0).normal(size=(9, 2))
    assert (MIXTURE.log_prob(rows, noise=np.zeros((9, 2))) == MIXTURE.log_prob(rows)).all()


@pytest.mark.parametrize(
    ("noise", "part"),
    [
        ([[1.0]], "has shape (1, 1)"),
        ([[1.0, -2.0]], "row 0 in column 1 is -2"),
        ([[1.0, np.nan]], "row 0 in column 1 is nan"),
        ([[[1.0, 0.5], [0.4, 1.0]]], "not symmetric"),
        ([[[1.0, 2.0], [2.0, 1.0]]], "not positive semi-definite"),
    ],
)
def test_errors_that_cannot_be(noise, part):
    with pytest.raises(InputError, match=r"noise") as info:
        MIXTURE.log_prob([[0.0, 0.0]], noise=noise)
    assert part in str(info.value)


def test_a_uniform_component_is_the_last_column_and_label_minus_one():
    noise = Uniform.around(np.array([[-9.0, -9.0], [9.0, 9.0], [9.0, -9.0]]), 0.2)
    mixture = Mixture([0.32, 0.48], MIXTURE.means, CORRELATED, uniform=noise)
    X = [[0.0, 0.0], [-8.0, 8.0], [np.nan, 8.9]]
    assert mixture.responsibilities(X).shape == (3, 3)
    assert_close(mixture.responsibilities(X).sum(axis=1), np.ones(3), rtol=1e-12)
    assert mixture.predict(X).tolist() == [0, -1, -1]
    assert_close(mixture.joint(X)[0, 2], 0.2 / 18.0**2, rtol=1e-12)
    assert_close(mixture.joint(X)[2, 2], 0.2 / 18.0, rtol=1e-12)
    rows, labels = mixture.sample(4000, random_state=0)
    assert np.mean(labels == -1) == pytest.approx(0.2, abs=0.03)
    assert_close(rows.mean(axis=0), mixture.mean(), atol=0.3)
    assert_close(np.cov(rows.T), mixture.covariance(), rtol=0.15, atol=0.5)


def test_a_uniform_component_follows_maps_and_columns():
    noise = Uniform(0.2, np.array([0.0, 0.0]), np.array([2.0, 4.0]), np.log(8.0))
    mixture = Mixture([0.8], [[1.0, 2.0]], [1.0], uniform=noise)
    x = np.array([[0.5, 1.0]])
    mapped = np.diag([2.0, 3.0]) @ mixture + [1.0, -1.0]
    assert_close(mapped.pdf(x * [2.0, 3.0] + [1.0, -1.0]), mixture.pdf(x) / 6.0, rtol=1e-12)
    product = mixture.marginal([0]).pdf(x[:, :1]) * mixture.condition([0], x[0, :1]).pdf(x[:, 1:])
    assert_close(product, mixture.pdf(x), rtol=1e-12)


def test_a_mixture_with_a_uniform_component_is_saved(tmp_path):
    import gaussmix

    noise = Uniform(0.2, np.zeros(2), np.ones(2), 0.0)
    mixture = Mixture([0.8], [[1.0, 2.0]], [1.0], uniform=noise)
    mixture.save(tmp_path / "m.safetensors")
    assert gaussmix.load(tmp_path / "m.safetensors") == mixture
