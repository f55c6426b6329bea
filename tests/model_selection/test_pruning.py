"""Minimum message length: EM from many components down to few."""

from __future__ import annotations

import numpy as np
import pytest

import gaussmix
from gaussmix import Mixture, select
from gaussmix.errors import InputError
from gaussmix.model_sweep import message_length

from ..support import quiet

FAITHFUL = gaussmix.datasets.load_faithful().data


def three_bars(seed):
    """The first example of Figueiredo and Jain: three parallel components, 900 rows."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.multivariate_normal([0, y], np.diag([2, 0.2]), 300) for y in (-2, 0, 2)])


@pytest.fixture(scope="module")
def faithful():
    return select(FAITHFUL, range(1, 13), ["EEE", "VVV", "VVI"], "mml", random_state=0)


@pytest.mark.parametrize("shape", [(), (2,), (2, 2)])
def test_message_length_is_that_of_the_paper(shape):
    # Equation 15, with N = d + d (d + 1) / 2 for full covariances.
    K, D, n, log_likelihood = 3, 2, 700.0, -1234.5
    weights = np.array([0.2, 0.3, 0.5])
    covariances = {(): np.ones(K), (2,): np.ones((K, D)), (2, 2): np.tile(np.eye(D), (K, 1, 1))}[shape]
    N = D + {(): 1, (2,): D, (2, 2): D * (D + 1) // 2}[shape]
    expected = 0.5 * N * np.log(n * weights / 12).sum() + 0.5 * K * np.log(n / 12) + 0.5 * K * (N + 1)
    mixture = Mixture(weights, np.arange(6.0).reshape(3, 2), covariances)
    assert message_length(mixture, log_likelihood, n) == pytest.approx(expected - log_likelihood, rel=1e-12)


def test_shared_parameters_are_counted_once():
    one = Mixture([1.0], [[0.0, 0.0]], np.eye(2))
    free = Mixture([1.0], [[0.0, 0.0]], np.eye(2)[None])
    assert message_length(one, -50.0, 40.0) == pytest.approx(message_length(free, -50.0, 40.0), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [10, 25])
def test_three_components_are_found_from_many(seed, most):
    chosen = select(three_bars(seed), range(1, most + 1), "EEE", "mml", random_state=seed)
    assert chosen.best.n_components == 3
    assert np.sort(chosen.best.mixture.means[:, 1]) == pytest.approx([-2, 0, 2], abs=0.15)


def test_weights_are_those_of_least_message_length(faithful):
    # A fixed point of EM: weights ∝ n_k − N / 2.
    parameters = {"VVV": 5, "VVI": 4, "EEE": 2}
    fitted = [model for model in faithful.models if model.status == "fitted"]
    assert len(fitted) > 6
    for model in fitted:
        mixture, N = model.mixture, parameters[model.family_name]
        counts = mixture.responsibilities(FAITHFUL).sum(axis=0)
        expected = (counts - N / 2) / (counts - N / 2).sum()
        assert mixture.weights == pytest.approx(expected, abs=2e-3)
        assert counts.min() > 12


def test_values_are_those_of_the_mixtures(faithful):
    for model in faithful.models:
        if model.status == "pruned":
            assert model.mixture is None
            assert np.isnan(model.value("mml"))
        else:
            total = model.mixture.log_prob(FAITHFUL).sum()
            assert model.value("mml") == pytest.approx(message_length(model.mixture, total, 272.0), rel=1e-9)
    assert faithful.best.value("mml") == faithful.table["mml"].min()
    assert {"fitted", "pruned"} <= set(faithful.table["status"])
    assert "message length" in faithful.summary()


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_stopped_selection_goes_on(faithful, after, tmp_path):
    path = tmp_path / "s.safetensors"
    seen = []

    def stop(model):
        seen.append(model.name)
        return len(seen) >= after

    with pytest.warns(gaussmix.errors.DataWarning, match="stopped"):
        part = select(
            FAITHFUL, range(1, 13), ["EEE", "VVV", "VVI"], "mml", random_state=0, callbacks=stop, resume=path
        )
    assert not part.complete
    whole = select(FAITHFUL, range(1, 13), ["EEE", "VVV", "VVI"], "mml", random_state=0, resume=path)
    assert whole.complete
    assert whole.best.name == faithful.best.name
    assert whole.best.value("mml") == pytest.approx(faithful.best.value("mml"), abs=0.1)


@pytest.mark.parametrize("family", ["VVV", "VVI", "EEE"])
@pytest.mark.parametrize("after", [1, 5, 8, 11])
def test_a_stopped_family_goes_on_to_the_same_models(family, after, tmp_path):
    # In a selection of one family the order of the models is fixed; the first ones are pruned, without a mixture.
    seen = []

    def stop(model):
        seen.append(model.status)
        return len(seen) >= after

    options = {"random_state": 0, "resume": tmp_path / "s.safetensors"}
    with pytest.warns(gaussmix.errors.DataWarning, match="stopped"):
        select(FAITHFUL, range(1, 13), family, "mml", callbacks=stop, **options)
    whole = select(FAITHFUL, range(1, 13), family, "mml", **options)
    expected = select(FAITHFUL, range(1, 13), family, "mml", random_state=0)
    assert seen[0] == "pruned"
    assert whole.table["status"].tolist() == expected.table["status"].tolist()
    assert whole.table["mml"].to_numpy() == pytest.approx(
        expected.table["mml"].to_numpy(), rel=1e-9, nan_ok=True
    )


def test_weights_are_copies():
    weights = np.random.default_rng(0).integers(0, 3, len(FAITHFUL))
    copies = np.repeat(FAITHFUL, weights, axis=0)
    one = select(FAITHFUL, range(1, 9), "EEE", "mml", random_state=0, sample_weight=weights)
    other = select(copies, range(1, 9), "EEE", "mml", random_state=0)
    assert one.best.n_components == other.best.n_components
    assert one.best.value("mml") == pytest.approx(other.best.value("mml"), rel=1e-4)


@pytest.mark.parametrize("factor", [2.0**-300, 2.0**-20, 2.0**30, 2.0**300])
def test_units_do_not_matter(factor):
    one = select(FAITHFUL, range(1, 9), "EEE", "mml", random_state=0)
    other = select(FAITHFUL * factor, range(1, 9), "EEE", "mml", random_state=0)
    assert [model.status for model in one.models] == [model.status for model in other.models]
    np.testing.assert_allclose(one.best.mixture.means, other.best.mixture.means / factor, rtol=1e-6)


def test_missing_values_errors_and_noise():
    X = FAITHFUL.copy()
    X[::7, 0] = np.nan
    errors = np.tile([0.01, 1.0], (len(X), 1))
    with quiet():
        for options in ({"X": X}, {"X": FAITHFUL, "noise": errors}, {"X": FAITHFUL, "noise_component": True}):
            chosen = select(
                n_components=range(1, 7), families="EEE", criterion="mml", random_state=0, **options
            )
            assert chosen.best.n_components > 1
            assert np.isfinite(chosen.best.value("mml"))


@pytest.mark.parametrize("X", [np.ones((30, 2)), np.zeros((3, 4)), FAITHFUL[:2], np.round(FAITHFUL / 20)])
def test_nothing_singular_is_raised(X):
    with quiet():
        chosen = select(X, range(1, 6), "all", "mml", random_state=0)
    assert chosen.complete


def test_factor_analysers_and_many_columns():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(200, 40)) + shift for shift in (0.0, 3.0)])
    chosen = select(X, range(1, 7), ["UUU-1", "VVI"], "mml", random_state=0)
    assert chosen.best.n_components == 2


def test_labels_are_refused():
    with pytest.raises(InputError, match="labels"):
        select(FAITHFUL, [1, 2], "EEE", "mml", labels=np.full(272, -1))


@pytest.mark.parametrize(
    "criteria", [("mml", "bic"), ("bic", "mml"), ("held-out", "bic"), ("aic", "held-out")]
)
def test_fits_of_another_criterion_are_not_taken_over(criteria):
    part = select(FAITHFUL, [1, 2], "EEE", criteria[0], random_state=0)
    with pytest.raises(InputError, match="has other fits"):
        select(FAITHFUL, [1, 2], "EEE", criteria[1], random_state=0, resume=part)
