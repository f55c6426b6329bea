"""Likelihood-ratio tests of the number of components: laws, rows as they are, progress, and messages."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets, inference
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import InputError, InputTypeError
from gaussmix.inference.likelihood_ratio import _Replicate
from gaussmix.inference.resampling import Observed, parametric

from ..support import quiet

FAITHFUL = datasets.load_faithful().data


def run(X, model=None, **options):
    return inference.likelihood_ratio_test(
        model or GaussianMixture(), X, **{"n_replicates": 19, "random_state": 0, **options}
    )


def test_one_normal_distribution_is_not_rejected():
    found = run(np.random.default_rng(0).normal(size=(150, 2)))
    assert found.n_components == 1
    assert not found.rejected
    assert len(found.tests) == 1
    assert [fit.n_components for fit in found.fits] == [1, 2]
    assert found.best.n_components == 1


def test_two_distant_groups_are_two():
    X = np.concatenate([np.random.default_rng(s).normal(6.0 * s, 1.0, size=(60, 1)) for s in (0, 1)])
    found = run(X, GaussianMixture(covariance_type="tied"))
    assert found.n_components == 2
    assert [test.n_components for test in found.tests] == [1, 2]
    assert found.tests[0].p_value == 0.05


def test_no_statistic_is_negative():
    X = datasets.random_mixture(3, 2, random_state=3).sample(150, random_state=0)[0]
    # EM from one random start often ends at a poor maximum: K + 1 components then fit worse than K.
    model = GaussianMixture(covariance_type="diag", search="off", init_params="random_from_data")
    found = run(X, model, min_components=2, max_components=4, level=0.9999)
    assert all(test.statistic >= 0 for test in found.tests)
    assert all((test.replicates >= 0).all() for test in found.tests)


def test_the_same_bits_whatever_the_threads():
    X = FAITHFUL[::3]
    one, other = (
        run(X, max_components=2, n_replicates=6, level=0.2, engine=e)
        for e in (SerialEngine(), ThreadEngine(3))
    )
    assert one.tests[0].statistic == other.tests[0].statistic
    assert np.array_equal(one.tests[0].replicates, other.tests[0].replicates)


@pytest.mark.parametrize(
    ("replicates", "statistic", "expected"),
    [([1.0, 2.0, 3.0], 2.5, 0.5), ([1.0, 2.0, 3.0], 3.0, 0.5), ([0.0] * 9, 1.0, 0.1), ([5.0] * 9, 1.0, 1.0)],
)
def test_p_values_count_the_rows_too(replicates, statistic, expected):
    assert inference.LikelihoodRatio(1, statistic, np.array(replicates)).p_value == pytest.approx(expected)


def test_rows_as_they_are():
    X = FAITHFUL[::2].copy()
    w = np.ones(len(X))
    w[::5] = 2.0
    repeated = run(np.repeat(X, w.astype(int), axis=0), max_components=2, n_replicates=3, level=0.25)
    weighted = run(X, sample_weight=w, max_components=2, n_replicates=3, level=0.25)
    assert weighted.tests[0].statistic == pytest.approx(repeated.tests[0].statistic, abs=1e-2)
    X[::7, 0] = np.nan
    holes = run(X, max_components=2, n_replicates=3, level=0.25)
    assert holes.tests[0].statistic > 50.0
    errors = run(FAITHFUL[::2], noise=np.full(2, 1e-9), max_components=2, n_replicates=3, level=0.25)
    plain = run(FAITHFUL[::2], max_components=2, n_replicates=3, level=0.25)
    assert errors.tests[0].statistic == pytest.approx(plain.tests[0].statistic, abs=1e-2)


def test_a_noise_component_beside_the_others():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(100, 2)), rng.uniform(-20, 20, size=(30, 2))])
    found = run(X, GaussianMixture(noise_component=True), n_replicates=19)
    assert found.n_components == 1


def test_a_callback_ends_the_tests():
    found = run(
        FAITHFUL, callbacks=lambda progress: progress.n_done == 4, engine=SerialEngine(), max_components=4
    )
    assert len(found.tests) == 1
    assert len(found.tests[0].replicates) == 4


def test_lines_and_tables(capsys):
    found = run(FAITHFUL, max_components=2, n_replicates=10, level=0.1, verbose=1)
    assert capsys.readouterr().out.splitlines()[0].startswith("1 against 2 components: 1 of 10 replicates")
    assert found.table().columns.tolist() == ["n_components", "statistic", "p_value", "n_replicates"]
    assert repr(found).startswith(
        "<LikelihoodRatioTest: at least 2 components at the level 0.1; 1 against 2: T = 319.07, p = 0.09"
    )


def test_a_number_of_components_that_select_chooses_does_not_count():
    found = run(FAITHFUL[::3], GaussianMixture("auto"), max_components=2, n_replicates=2, level=0.4)
    assert [fit.n_components for fit in found.fits] == [1, 2]


def test_all_rejected_is_said():
    found = run(FAITHFUL, max_components=2)
    assert found.rejected
    assert found.n_components == 2
    assert "at least 2 components" in repr(found)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"max_components": 1}, InputError, "max_components is 1 and min_components 1"),
        ({"min_components": 0}, InputError, "min_components is 0"),
        ({"level": 5}, InputError, "level is 5: give a probability"),
        ({"n_replicates": 0}, InputError, "n_replicates is 0"),
        (
            {"n_replicates": 18},
            InputError,
            "n_replicates is 18, with which no p-value is below 1 / 19, and level is 0.05: give at least 19 replicates",
        ),
        (
            {"model": GaussianMixture(means_init=[[0.0]])},
            InputError,
            "means_init is given, which starts fits of one",
        ),
        (
            {"model": GaussianMixture(init_params=[0, 1])},
            InputError,
            "init_params is given, which starts fits of one",
        ),
        (
            {"model": GaussianMixture(covariance_type="auto")},
            InputError,
            "covariance_type is 'auto', and a likelihood-ratio test compares mixtures of one family",
        ),
        ({"model": "full"}, InputTypeError, "a likelihood-ratio test needs a GaussianMixture to refit"),
        ({"sample_weight": np.full(272, 0.001)}, InputError, "sample_weight sums to 0.272 over 272 rows"),
    ],
)
def test_bad_input_gets_a_sentence(options, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        run(FAITHFUL, **options)


def test_tables_of_replicates_are_fitted_as_the_rows_are():
    """Starts that the observed rows do not have would lower the statistic of the replicates alone."""
    far = Mixture([0.967, 0.033], [[27.76], [-19.0]], [[[25.3]], [[576.0]]])
    observed = Observed.of(np.zeros((66, 1)), None, None)
    for seed in (18, 25, 35, 41):
        drawn = parametric(observed, far, np.random.default_rng(seed)).X
        with quiet():
            smaller, larger = (GaussianMixture(k, random_state=7).fit(drawn).score(drawn) for k in (2, 3))
            statistic = _Replicate(GaussianMixture(), observed, far)(np.array([seed, 7]))
        assert statistic == pytest.approx(2 * 66 * max(larger - smaller, 0.0), abs=1e-9)


def test_the_fits_have_the_names_of_the_columns():
    X = datasets.load_faithful(as_frame=True).data
    found = inference.likelihood_ratio_test(
        GaussianMixture(), X, max_components=2, n_replicates=19, random_state=0
    )
    assert list(found.best.feature_names_in_) == list(X.columns)
    assert found.best.mixture_.feature_names == tuple(X.columns)
    assert len(found.best.predict(X)) == 272
