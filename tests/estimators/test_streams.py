"""partial_fit: laws of stepwise EM, streams, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

import gaussmix
from gaussmix import FactorAnalysers, GaussianMixture, datasets
from gaussmix.covariances.constraints import AddToDiagonal
from gaussmix.em import e_step, m_step
from gaussmix.engines import SerialEngine
from gaussmix.errors import GaussmixError, InputError, InputTypeError
from gaussmix.fitting import BatchEM, Problem, StepSizes
from gaussmix.fitting.stepwise import StepwiseState
from gaussmix.model import Model
from gaussmix.sources import ArraySource

from ..support import FAMILIES, quiet, random_mixture

ALL = StepSizes(kappa=1.0)
"""All rows count the same."""
X = datasets.random_mixture(4, 3, random_state=1).sample(3000, random_state=2)[0]
rng = np.random.default_rng(0)


def batches(rows, size=500):
    return np.array_split(rows, max(1, len(rows) // size))


def learned(parts, steps=None, **options):
    model = GaussianMixture(**{"n_components": 4, "random_state": 0, **options})
    with quiet():
        for part in parts:
            model.partial_fit(part, steps=steps)
    return model


# ------------------------------------------------------------------------------------------------ laws


@pytest.mark.parametrize("family", [*FAMILIES, FactorAnalysers(1), gaussmix.Decomposed("VVE")], ids=repr)
def test_a_step_of_one_on_all_rows_is_an_iteration_of_em(family):
    start = random_mixture(np.random.default_rng(1), 3, 3, family)
    state = StepwiseState.of(start, 1000.0)
    source, engine = ArraySource(X), SerialEngine()
    driver = BatchEM(Problem(source, Model(family), engine))
    after = state.after(source, engine, _Fixed(1.0), added=1e-3)
    exact = m_step(
        engine.sum(lambda block: e_step(start.densities, block), source),
        Model(family, AddToDiagonal(1e-3)),
        start,
    )
    assert after.mixture == exact
    # And with the scale-free constraint, up to the rounding of its S.
    free = state.after(source, engine, _Fixed(1.0))
    assert np.allclose(free.mixture.means, driver.step(driver.init(start)).mixture.means, rtol=1e-9)


class _Fixed(StepSizes):
    def __init__(self, size):
        super().__init__()
        object.__setattr__(self, "fixed", size)

    def size(self, weight, seen):
        return self.fixed


@pytest.mark.parametrize("family", FAMILIES, ids=repr)
def test_a_mixture_is_the_m_step_of_its_own_moments(family):
    mixture = random_mixture(np.random.default_rng(2), 3, 4, family)
    again = m_step(StepwiseState.of(mixture, 77.0).moments, Model(family), mixture)
    assert np.allclose(again.weights, mixture.weights)
    assert np.allclose(again.means, mixture.means)
    assert np.allclose(again.covariances.dense(), mixture.covariances.dense())


@pytest.mark.parametrize("sizes", [[1000, 1000, 1000], [100, 1900, 1000], [2999, 1], [10] * 300])
def test_equal_influence_gives_the_moments_of_all_rows(sizes):
    """One component has responsibilities of one, whatever the mixture."""
    parts = np.split(X, np.cumsum(sizes)[:-1])
    model = learned(parts, ALL, n_components=1)
    assert np.allclose(model.means_[0], X.mean(axis=0))
    assert np.allclose(model.covariances_[0], np.cov(X.T, bias=True))


def test_weights_count_rows():
    weights = rng.integers(1, 4, size=len(X)).astype(float)
    model = GaussianMixture(1)
    for part, w in zip(batches(X), batches(weights), strict=True):
        model.partial_fit(part, sample_weight=w, steps=ALL)
    assert np.allclose(model.means_[0], np.average(X, axis=0, weights=weights))


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e6])
def test_a_factor_of_all_weights_has_no_effect(factor):
    one, other = (GaussianMixture(3, random_state=0, search="off") for _ in range(2))
    with quiet():
        for part in batches(X):
            one.partial_fit(part, sample_weight=np.ones(len(part)))
            other.partial_fit(part, sample_weight=np.full(len(part), factor))
    assert np.allclose(one.means_, other.means_, rtol=1e-6)


@pytest.mark.parametrize("memory", [200.0, 1000.0, 1e5])
@pytest.mark.parametrize("size", [1.0, 20.0, 333.0])
def test_the_influence_of_a_row_has_decreased_to_1_e_after_the_memory(memory, size):
    steps, left, seen = StepSizes(memory=memory), 1.0, 0.0
    while seen < memory:
        left *= 1.0 - steps.size(size, 1e15)
        seen += size
    assert left == pytest.approx(np.exp(-seen / memory))


def test_exact_passes_never_lower_the_likelihood():
    for seed in range(3):
        model = learned(batches(np.random.default_rng(seed).permutation(X)), random_state=seed)
        before = model.score(X)
        with quiet():
            model.set_params(warm_start=True).fit(X)
        assert model.score(X) >= before - 1e-12
        assert (np.diff(model.lower_bounds_) >= -1e-9).all()


def test_a_pass_over_batches_comes_near_the_maximum():
    whole = GaussianMixture(4, random_state=0).fit(X)
    assert whole.score(X) - learned(batches(X), steps=StepSizes(0.8)).score(X) < 0.01


def test_the_order_of_components_stays():
    model = learned(batches(X)[:1])
    means = model.means_.copy()
    for part in batches(X)[1:]:
        model.partial_fit(part)
    assert (np.linalg.norm(model.means_ - means, axis=1) < 1.0).all()


def test_components_that_move_are_followed():
    model, distances, averaged = GaussianMixture(2, random_state=0), [], []
    other = clone(model)
    for t in range(60):
        middle = np.array([[0.1 * t, 0.0], [8.0, 0.1 * t]])
        labels = rng.integers(2, size=300)
        batch = middle[labels] + rng.normal(size=(300, 2)) * 0.5
        model.partial_fit(batch, steps=StepSizes(memory=600))
        other.partial_fit(batch, steps=ALL)
        for each, found in ((model, distances), (other, averaged)):
            found.append(max(np.linalg.norm(each.means_ - m, axis=1).min() for m in middle))
    assert distances[-1] < 0.5
    assert averaged[-1] > 1.5


# ------------------------------------------------------------------------------------- kinds of rows


@pytest.mark.parametrize(
    "family", ["full", "tied", "diag", "spherical", "tied-diag", "VEV", "EEI", FactorAnalysers(1)]
)
def test_every_family_learns(family):
    model = learned(batches(X), covariance_type=family)
    with quiet():
        whole = GaussianMixture(4, covariance_type=family, random_state=0).fit(X)
    assert whole.score(X) - model.score(X) < 0.05


def test_missing_values():
    holes = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    holes[:500] = np.where(rng.random((500, 3)) < 0.02, np.nan, X[:500])
    model = learned(batches(holes), search="off", n_init=3)
    whole = GaussianMixture(4, random_state=0).fit(X)
    assert whole.score(X) - model.score(X) < 0.1
    empty = holes[-20:].copy()
    empty[:, 0] = np.nan  # a column without a value in one batch
    model.partial_fit(empty)
    assert np.isfinite(model.score(X))


def test_measurement_errors():
    errors = np.full(X.shape, 0.3**2)
    noisy = X + rng.normal(size=X.shape) * 0.3
    model = GaussianMixture(1)
    for part, e in zip(batches(noisy), batches(errors), strict=True):
        model.partial_fit(part, noise=e, steps=ALL)
    assert np.allclose(np.diag(model.covariances_[0]), X.var(axis=0), rtol=0.1)


def test_labels_keep_their_numbers():
    middle = np.array([[0.0, 0.0], [6.0, 0.0]])
    model = GaussianMixture(2, random_state=0, search="off")
    for _ in range(10):
        labels = rng.integers(2, size=200)
        known = np.where(rng.random(200) < 0.2, 1 - labels, -1)
        model.partial_fit(middle[labels] + rng.normal(size=(200, 2)), labels=known)
    # A batch in which every row is of one component.
    model.partial_fit(middle[np.zeros(50, int)] + rng.normal(size=(50, 2)), labels=np.ones(50, int))
    assert np.linalg.norm(model.means_[1] - middle[0]) < 0.5
    assert np.linalg.norm(model.means_[0] - middle[1]) < 0.5


def test_a_noise_component():
    model = GaussianMixture(2, random_state=0, noise_component=True)
    for _ in range(8):
        rows = np.vstack(
            [rng.normal(size=(200, 2)), rng.normal(size=(200, 2)) + 8, rng.uniform(-20, 20, (80, 2))]
        )
        with quiet():
            model.partial_fit(rows)
    assert model.mixture_.uniform.weight == pytest.approx(80 / 480, abs=0.05)


def test_data_frames_keep_their_names():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = learned([frame[:500], frame[500:900]])
    assert model.mixture_.feature_names == ("a", "b", "c")
    with pytest.raises(InputError, match="feature names"):
        model.partial_fit(frame[["c", "b", "a"]])


def test_a_file_or_a_source_is_a_batch():
    model = learned([X[:1000]])
    other = pickle.loads(pickle.dumps(model))
    model.partial_fit(X[1000:])
    other.partial_fit(ArraySource(X[1000:]))
    assert model.mixture_ == other.mixture_


# ------------------------------------------------------------------------------------ the estimator


def test_the_attributes_of_a_stream():
    model = learned(batches(X))
    assert model.n_iter_ == len(batches(X)) - 1
    assert len(model.lower_bounds_) == model.n_iter_
    assert not model.converged_
    assert model.trace_.message == "learned from 5 batches"
    # The log-likelihood of each batch before it was learned.
    other = learned(batches(X)[:-1])
    assert model.lower_bound_ == pytest.approx(other.score(batches(X)[-1]))
    assert model.n_features_in_ == 3


def test_batches_after_a_fit_continue_from_it():
    model = GaussianMixture(4, random_state=0).fit(X)
    before = model.mixture_
    model.partial_fit(X[:10], steps=ALL)
    # Ten rows beside three thousand.
    assert np.allclose(model.means_, before.means, atol=0.05)
    assert model.mixture_ != before
    assert model.fit(X).mixture_ == before


def test_a_stream_survives_a_pickle():
    one = learned(batches(X)[:3])
    two = pickle.loads(pickle.dumps(one))
    for part in batches(X)[3:]:
        one.partial_fit(part)
        two.partial_fit(part)
    assert one.mixture_ == two.mixture_


def test_a_loaded_model_goes_on(tmp_path):
    learned(batches(X)).save(tmp_path / "a.safetensors")
    model = gaussmix.load(tmp_path / "a.safetensors").partial_fit(X[:500])
    assert model.n_iter_ == 1


def test_parameters_that_were_set_are_where_a_stream_goes_on():
    model = GaussianMixture(2)
    model.weights_, model.means_, model.covariances_ = [0.5, 0.5], [[0.0], [5.0]], [[[1.0]], [[1.0]]]
    model.partial_fit(np.r_[rng.normal(size=(100, 1)), rng.normal(size=(100, 1)) + 5])
    assert model.means_[0, 0] == pytest.approx(0.0, abs=0.5)


def test_the_steps_of_the_call_before_are_used():
    one, two = (learned(batches(X)[:1], StepSizes(memory=100)) for _ in range(2))
    one.partial_fit(X[:50])
    two.partial_fit(X[:50], steps=StepSizes(memory=100))
    assert one.mixture_ == two.mixture_


# ---------------------------------------------------------------------------------- what is refused


def test_too_few_rows_for_a_first_batch():
    with pytest.raises(InputError, match="n_samples = 3"):
        GaussianMixture(4).partial_fit(X[:3])
    model = learned(batches(X)[:1])
    assert np.isfinite(model.partial_fit(X[:1]).score(X))


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((0, 3)),
        np.zeros((5, 2)),
        np.full((5, 3), np.inf),
        np.zeros(3),
        [["a", "b", "c"]],
        np.full((5, 3), 1e300),
    ],
)
def test_bad_batches_change_nothing(bad):
    model = learned(batches(X)[:2])
    before = {**vars(model)}
    with pytest.raises((GaussmixError, ValueError)), quiet():
        model.partial_fit(bad)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"sample_weight": np.zeros(5)}, "sample_weight"),
        ({"sample_weight": np.ones(4)}, "sample_weight"),
        ({"labels": np.full(5, 9)}, "labels"),
        ({"noise": -np.ones((5, 3))}, "noise"),
        ({"steps": 0.5}, "steps is 0.5"),
    ],
)
def test_bad_arguments(known, message):
    model = learned(batches(X)[:1])
    with pytest.raises(GaussmixError, match=message):
        model.partial_fit(X[:5], **known)


@pytest.mark.parametrize(
    "options", [{"n_components": 5}, {"covariance_type": "diag"}, {"n_components": "auto"}, {"tol": -1}]
)
def test_other_options_than_before(options):
    model = learned(batches(X)[:1]).set_params(**options)
    with pytest.raises(GaussmixError, match=next(iter(options))):
        model.partial_fit(X[:100])


def test_factor_analysers_of_many_columns():
    wide = rng.normal(size=(300, 140))
    with pytest.raises(InputError, match="give at most"), quiet():
        GaussianMixture(1, covariance_type=FactorAnalysers(1)).partial_fit(wide)


@pytest.mark.parametrize(
    "options",
    [
        {"kappa": 0.5},
        {"kappa": 1.1},
        {"kappa": "1"},
        {"t0": -1},
        {"t0": np.inf},
        {"memory": 0},
        {"memory": -5.0},
        {"memory": True},
        {"kappa": np.nan},
    ],
)
def test_steps_that_cannot_be(options):
    with pytest.raises((InputError, InputTypeError), match=next(iter(options))):
        StepSizes(**options)
