"""Bootstrap and jackknife: closed forms, laws, rows as they are, progress, and messages."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import FactorAnalysers, GaussianMixture, datasets, inference
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import DataWarning, InputError, InputTypeError
from gaussmix.inference.matching import matched_order
from gaussmix.inference.normal_intervals import LOGARITHM, normal_interval
from gaussmix.inference.resampling import RESAMPLINGS, Observed

METHODS = list(RESAMPLINGS)
FAMILIES = ["full", "tied", "diag", "spherical", "tied-diag", "tied-spherical"]
FAITHFUL = datasets.load_faithful().data


@pytest.fixture(scope="module")
def faithful() -> GaussianMixture:
    return GaussianMixture(2, random_state=0).fit(FAITHFUL)


def arrays(parameters):
    return [parameters.weights, parameters.means, parameters.covariances]


# -------------------------------------------------------------------------------------------- closed forms


@pytest.mark.parametrize("weights", [None, "whole"])
def test_jackknife_of_one_component_is_known(weights):
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(30, 2)) * [1.0, 50.0], None
    if weights:
        w = rng.integers(0, 4, 30).astype(float)
    rows = X if w is None else np.repeat(X, w.astype(int), axis=0)
    n = len(rows)
    model = GaussianMixture(1).fit(X, sample_weight=w)
    found = inference.jackknife(model, X, sample_weight=w)
    np.testing.assert_allclose(
        found.standard_errors.means[0], rows.std(axis=0, ddof=1) / np.sqrt(n), rtol=1e-9
    )
    # By the definition, row by row.
    left = np.array([np.cov(np.delete(rows, i, axis=0).T, ddof=0) for i in range(n)])
    expected = np.sqrt((n - 1) / n * np.square(left - left.mean(axis=0)).sum(axis=0))
    np.testing.assert_allclose(found.standard_errors.covariances[0], expected, rtol=1e-8)
    # The jackknife makes the variance unbiased.
    corrected = model.covariances_[0] - found.bias.covariances[0]
    np.testing.assert_allclose(corrected, np.cov(rows.T), rtol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_the_error_of_a_mean_is_known(method):
    X = np.random.default_rng(1).normal(size=(400, 2)) * [1.0, 1e4]
    found = inference.bootstrap(GaussianMixture(1).fit(X), X, method=method, n_replicates=500, random_state=0)
    np.testing.assert_allclose(found.standard_errors.means[0], X.std(axis=0) / 20.0, rtol=0.12)
    np.testing.assert_allclose(found.bias.means[0] / X.std(axis=0), 0.0, atol=0.01)
    interval = found.intervals(0.9)
    np.testing.assert_allclose(
        (interval.upper.means - interval.lower.means)[0], 2 * 1.645 * X.std(axis=0) / 20.0, rtol=0.15
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_spread_over_new_tables_is_what_is_estimated(method):
    mixture = GaussianMixture(2, random_state=0).fit(FAITHFUL).mixture_
    fits = [
        GaussianMixture(2, init_params=mixture).fit(mixture.sample(272, random_state=seed)[0])
        for seed in range(200)
    ]
    X = mixture.sample(272, random_state=999)[0]
    model = GaussianMixture(2, init_params=mixture).fit(X)
    found = inference.bootstrap(model, X, method=method, n_replicates=200, random_state=0)
    true = np.std([fit.means_ for fit in fits], axis=0)
    np.testing.assert_allclose(found.standard_errors.means, true, rtol=0.3)


# ---------------------------------------------------------------------------------------------------- laws


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("start", ["fitted", "search"])
def test_the_same_bits_whatever_the_threads(faithful, method, start):
    options = {
        "method": method,
        "start": start,
        "n_replicates": 12 if start == "fitted" else 3,
        "random_state": 3,
    }
    one, *others = (
        inference.bootstrap(faithful, FAITHFUL, engine=engine, **options)
        for engine in (SerialEngine(), ThreadEngine(1), ThreadEngine(3), None)
    )
    for other in others:
        for a, b in zip(arrays(one.replicates), arrays(other.replicates), strict=True):
            assert np.array_equal(a, b)


def test_more_replicates_begin_with_the_same(faithful):
    few, many = (inference.bootstrap(faithful, FAITHFUL, n_replicates=n, random_state=0) for n in (5, 9))
    assert np.array_equal(few.replicates.means, many.replicates.means[:5])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", ["nonparametric", "jackknife"])
def test_every_family(family, method):
    X = FAITHFUL[::4]
    model = GaussianMixture(2, covariance_type=family, random_state=0).fit(X)
    found = (
        inference.jackknife(model, X)
        if method == "jackknife"
        else inference.bootstrap(model, X, n_replicates=20, random_state=0)
    )
    assert found.standard_errors.covariances.shape == np.shape(model.covariances_)
    lower, upper = found.intervals().lower, found.intervals().upper
    assert all((a <= b).all() for a, b in zip(arrays(lower), arrays(upper), strict=True))
    table = found.table()
    assert len(table) == model.mixture_.n_parameters + 1
    assert (table["standard_error"] > 0).all()
    assert not table.drop(columns=["estimate", "standard_error", "lower", "upper"]).duplicated().any()


@pytest.mark.parametrize(
    "family", ["VEI", "EVI", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", FactorAnalysers(1)]
)
def test_families_that_share_shape_volume_or_loadings(family):
    X = np.asarray(datasets.load_penguins(as_frame=True).data.dropna())[::2]
    model = GaussianMixture(2, covariance_type=family, random_state=0).fit(X)
    found = inference.bootstrap(model, X, n_replicates=8, random_state=0)
    # Loadings are known up to a rotation: what has a standard error is the covariance.
    assert found.standard_errors.covariances.shape == np.shape(model.covariances_)
    np.testing.assert_allclose(found.estimates.covariances, model.covariances_)
    assert found.table()["standard_error"].notna().all()


@given(st.integers(1, 6), st.integers(0, 10_000))
@settings(max_examples=30)
def test_components_are_matched(K, seed):
    rng = np.random.default_rng(seed)
    mixture = datasets.random_mixture(K, 2, random_state=seed)
    r = mixture.responsibilities(mixture.sample(60, random_state=seed)[0])
    order = rng.permutation(K)
    found = matched_order(r, r[:, order], rng.uniform(size=60))
    assert np.array_equal(order[found], np.arange(K))


def test_a_search_in_each_replicate_changes_no_numbers():
    mixture = datasets.random_mixture(3, 2, random_state=9)
    X = mixture.sample(400, random_state=0)[0]
    model = GaussianMixture(3, random_state=0).fit(X)
    near, searched = (
        inference.bootstrap(model, X, method="weighted", n_replicates=15, start=start, random_state=1)
        for start in ("fitted", "search")
    )
    apart = np.abs(near.replicates.means - searched.replicates.means).max(axis=(1, 2))
    assert np.median(apart) < 0.01


# ---------------------------------------------------------------------------------------- rows as they are


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_weights_count_rows(seed):
    rng = np.random.default_rng(seed)
    w = rng.integers(0, 5, 40).astype(float)
    w[0] = 3.0
    observed = Observed(rng.normal(size=(40, 2)), w)
    for method, resample in RESAMPLINGS.items():
        drawn = resample(observed, datasets.random_mixture(2, 2, random_state=0), rng)
        assert drawn.total_weight == pytest.approx(w.sum())
        if method != "parametric":
            assert (drawn.weights[w == 0] == 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_missing_values_stay_where_they_are(method):
    table = datasets.load_airquality(as_frame=True)
    model = GaussianMixture(2, random_state=0).fit(table.data)
    found = inference.bootstrap(model, table.data, method=method, n_replicates=8, random_state=0)
    assert found.n_replicates == 8
    assert (found.standard_errors.means > 0).all()
    X = np.asarray(table.data, dtype=float)
    drawn = RESAMPLINGS[method](Observed(X), model.mixture_, np.random.default_rng(0))
    assert np.array_equal(np.isnan(drawn.X), np.isnan(X))
    assert "Ozone" in set(found.table()["column"])


@pytest.mark.parametrize("shape", ["variances", "covariances"])
def test_measurement_errors_are_drawn_and_known(shape):
    errors = np.full((272, 2), [0.04, 9.0])
    given_errors = errors if shape == "variances" else errors[:, :, None] * np.eye(2)
    model = GaussianMixture(2, random_state=0).fit(FAITHFUL, noise=given_errors)
    drawn = RESAMPLINGS["parametric"](
        Observed(FAITHFUL, None, given_errors), model.mixture_, np.random.default_rng(0)
    )
    spread = np.cov(drawn.X.T) - model.mixture_.covariance()
    np.testing.assert_allclose(np.diag(spread), [0.04, 9.0], atol=25.0)
    found = inference.bootstrap(
        model, FAITHFUL, method="parametric", noise=given_errors, n_replicates=10, random_state=0
    )
    assert found.n_failed == 0


def test_the_noise_component_has_a_standard_error():
    X = datasets.load_chevron().data
    model = GaussianMixture(2, noise_component=True, random_state=0).fit(X)
    for method in METHODS:
        found = inference.bootstrap(model, X, method=method, n_replicates=10, random_state=0)
        assert found.standard_errors.uniform_weight > 0
        total = found.replicates.weights.sum(axis=1) + found.replicates.uniform_weight
        np.testing.assert_allclose(total, 1.0)
    lines = found.table().query("component == 'noise'")
    assert lines["estimate"].tolist() == [model.mixture_.uniform.weight]


def test_labelled_components_keep_their_numbers(faithful):
    labels = np.full(272, -1)
    labels[:60] = (FAITHFUL[:60, 0] < 3).astype(int)
    model = GaussianMixture(2, random_state=0).fit(FAITHFUL, labels=labels)
    found = inference.bootstrap(model, FAITHFUL, labels=labels, n_replicates=20, random_state=0)
    assert (found.replicates.means[:, 0, 0] > 4).all()
    with pytest.raises(InputError, match="the mixture does not say which of them would be labelled"):
        inference.bootstrap(model, FAITHFUL, labels=labels, method="parametric", n_replicates=3)


def test_collapsed_and_impossible_replicates_are_counted():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(52, 2)), 9.0 + rng.normal(size=(5, 2))])
    model = GaussianMixture(2, random_state=0).fit(X)
    with pytest.warns(DataWarning, match=r"of 200 replicates are left out: in \d+ a component collapsed"):
        found = inference.bootstrap(model, X, n_replicates=200, random_state=0)
    assert found.n_collapsed + found.n_failed + found.n_replicates == 200
    assert found.n_collapsed > 0
    assert "with a collapsed component>" in repr(found)


# ------------------------------------------------------------------------------------------------ progress


def test_a_callback_stops(faithful):
    told = []

    def stop(progress):
        told.append(str(progress).partition(",")[0])
        return progress.n_done == 7

    found = inference.bootstrap(
        faithful, FAITHFUL, n_replicates=50, random_state=0, callbacks=stop, engine=SerialEngine()
    )
    assert found.n_replicates == 7
    assert found.n_failed == 0
    assert told[-1] == "bootstrap: 7 of 50 replicates"


def test_an_interrupt_goes_through(faithful):
    def interrupt(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inference.bootstrap(faithful, FAITHFUL, n_replicates=50, callbacks=interrupt)


def test_ten_lines_are_printed(faithful, capsys):
    inference.bootstrap(faithful, FAITHFUL, n_replicates=25, random_state=0, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("bootstrap: 25 of 25 replicates")


def test_the_model_is_left_as_it_is(faithful):
    before = dict(vars(faithful))
    inference.bootstrap(faithful, FAITHFUL, n_replicates=3, random_state=0)
    inference.jackknife(faithful, FAITHFUL[:20])
    assert vars(faithful) == before


@pytest.mark.parametrize("start", ["fitted", "search"])
def test_the_model_that_was_chosen_is_held(start):
    model = GaussianMixture("auto", covariance_type="auto", random_state=0).fit(FAITHFUL)
    found = inference.bootstrap(model, FAITHFUL, n_replicates=3, start=start, random_state=0)
    assert found.replicates.means.shape == (3, *model.means_.shape)
    assert found.replicates.covariances.shape == (3, *np.shape(model.covariances_))


def test_what_is_printed(faithful):
    found = inference.bootstrap(faithful, FAITHFUL, n_replicates=9, random_state=0)
    assert (
        repr(found)
        == "<ResampledEstimates: nonparametric bootstrap, 9 replicates of 2 components in 2 columns>"
    )
    one = GaussianMixture(1).fit(FAITHFUL[:, :1])
    found = inference.jackknife(one, FAITHFUL[:, :1])
    assert repr(found) == "<ResampledEstimates: jackknife, 272 replicates of 1 component in 1 column>"


# ------------------------------------------------------------------------------------------------ messages


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"method": "bs"},
            InputError,
            "method is 'bs': give one of 'nonparametric', 'weighted', 'parametric'",
        ),
        ({"start": "mclust"}, InputError, "start is 'mclust': give one of 'fitted', 'search'"),
        ({"n_replicates": 1}, InputError, "n_replicates is 1: give a whole number ≥ 2"),
        ({"n_replicates": 2.5}, InputTypeError, "n_replicates is 2.5 (float)"),
        (
            {"sample_weight": np.full(272, 1 / 272)},
            InputError,
            "sample_weight sums to 1 over 272 rows: the variance",
        ),
        ({"sample_weight": [1.0]}, InputError, "sample_weight.shape == (1,)"),
        ({"random_state": "x"}, InputError, "random_state is 'x'"),
        ({"engine": 3}, InputTypeError, "engine has the type int"),
        ({"callbacks": "print"}, InputTypeError, "callbacks is 'print': give a function of a Progress"),
    ],
)
def test_options_get_a_sentence(faithful, options, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        inference.bootstrap(faithful, FAITHFUL, **{"n_replicates": 5, **options})


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda m: inference.bootstrap(m.mixture_, FAITHFUL),
            InputTypeError,
            "needs a GaussianMixture to refit, and this is of type M",
        ),
        (
            lambda m: inference.bootstrap(m, FAITHFUL[:, :1]),
            InputError,
            "X has 1 features, but GaussianMixture",
        ),
        (
            lambda m: inference.jackknife(m, FAITHFUL, sample_weight=np.full(272, 1.5)),
            InputError,
            "sample_weight[0] is 1.5: a jackknife leaves out one row at a time",
        ),
        (
            lambda m: inference.bootstrap(m, FAITHFUL, labels=[0, 1], n_replicates=5),
            InputError,
            "labels has shape (2,): give (272,) numbers of components",
        ),
        (
            lambda m: inference.jackknife(m, FAITHFUL, labels=np.full(272, 2)),
            InputError,
            "labels[0] is np.int64(2): give a number from 0 to 1",
        ),
        (
            lambda m: inference.bootstrap(m, FAITHFUL, n_replicates=5).intervals(95),
            InputError,
            "level is 95: give a probability between 0 and 1",
        ),
    ],
)
def test_bad_input_gets_a_sentence(faithful, call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call(faithful)


def test_a_model_without_a_fit():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        inference.bootstrap(GaussianMixture(2), FAITHFUL)


# -------------------------------------------------------------------------------------------- normal intervals


@pytest.mark.parametrize("family", ["VVV", "VVI", "VII", "EEE", "EEI", "EII", "VEV", "UUU-1"])
@pytest.mark.parametrize("method", ["nonparametric", "jackknife"])
def test_normal_intervals_stay_within_bounds(family, method):
    X = FAITHFUL[::4]
    model = GaussianMixture(2, covariance_type=family, random_state=0).fit(X)
    found = (
        inference.jackknife(model, X)
        if method == "jackknife"
        else inference.bootstrap(model, X, n_replicates=30, random_state=0)
    )
    interval = found.intervals(kind="normal")
    lower, upper = interval.lower, interval.upper
    assert all((a <= b).all() for a, b in zip(arrays(lower), arrays(upper), strict=True))
    assert ((lower.weights > 0) & (upper.weights < 1)).all()
    assert np.shape(lower.covariances) == np.shape(model.covariances_)
    variances = lower.covariances
    if np.shape(variances)[-2:] == (2, 2) and family not in ("VVI",):
        variances = np.diagonal(variances, axis1=-2, axis2=-1)
    assert (variances > 0).all()
    assert (found.table(kind="normal")["lower"] <= found.table(kind="normal")["upper"]).all()


def test_normal_intervals_are_those_of_the_formula():
    model = GaussianMixture(2, random_state=0).fit(FAITHFUL)
    found = inference.bootstrap(model, FAITHFUL, n_replicates=60, random_state=0)
    interval = found.intervals(0.9, "normal")
    for k in range(2):
        logs = np.log(found.replicates.covariances[:, k, 1, 1])
        centre = 2 * np.log(model.covariances_[k, 1, 1]) - logs.mean()
        ends = np.exp(centre + np.array([-1, 1]) * 1.6448536269514722 * logs.std(ddof=1))
        assert interval.lower.covariances[k, 1, 1] == pytest.approx(ends[0], rel=1e-9)
        assert interval.upper.covariances[k, 1, 1] == pytest.approx(ends[1], rel=1e-9)
    middle = 0.5 * (interval.lower.means + interval.upper.means)
    np.testing.assert_allclose(middle, found.estimates.means - found.bias.means, rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e5])
def test_normal_intervals_follow_the_units(factor):
    model, scaled = GaussianMixture(1).fit(FAITHFUL), GaussianMixture(1).fit(FAITHFUL * factor)
    one = inference.bootstrap(model, FAITHFUL, n_replicates=20, random_state=0).intervals(kind="normal")
    other = inference.bootstrap(scaled, FAITHFUL * factor, n_replicates=20, random_state=0).intervals(
        kind="normal"
    )
    np.testing.assert_allclose(one.lower.covariances * factor**2, other.lower.covariances, rtol=1e-6)
    # A single component has the weight one in each replicate.
    assert (one.lower.weights == 1).all()
    assert (one.upper.weights == 1).all()


def test_normal_intervals_of_a_variance_cover_more_than_percentiles():
    # One normal distribution of 20 rows: percentiles cover the variance in about 82 % of tables.
    rng, held = np.random.default_rng(0), {"percentiles": [], "normal": []}
    for _ in range(400):
        X = rng.normal(size=20)
        replicates = X[rng.integers(0, 20, (199, 20))].var(axis=1)
        ends = {
            "percentiles": np.quantile(replicates, [0.025, 0.975]),
            "normal": normal_interval(replicates, X.var(), np.ones(199), False, 0.025, LOGARITHM),
        }
        for kind, (low, high) in ends.items():
            held[kind].append(low <= 1.0 <= high)
    assert np.mean(held["normal"]) > np.mean(held["percentiles"]) + 0.05
    assert np.mean(held["normal"]) > 0.88


def test_intervals_of_a_jackknife_stay_within_bounds():
    # Two clusters that overlap: weights and variances ± 1.96 standard errors leave their bounds.
    rng = np.random.default_rng(2)
    X = np.where(rng.random(60) < 0.2, 3.5, 0.0)[:, None] + rng.normal(size=(60, 1))
    found = inference.jackknife(GaussianMixture(2, means_init=[[0.0], [3.5]]).fit(X), X)
    assert (found.estimates.weights < 1.96 * found.standard_errors.weights).any()
    assert (found.estimates.covariances < 1.96 * found.standard_errors.covariances).any()
    interval, normal = found.intervals(), found.intervals(kind="normal")
    assert (interval.lower.covariances > 0).all()
    assert ((interval.lower.weights > 0) & (interval.upper.weights < 1)).all()
    for one, other in zip(arrays(interval.lower), arrays(normal.lower), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["bca", None, "Normal"])
def test_other_kinds_of_intervals_are_refused(kind):
    found = inference.bootstrap(GaussianMixture(1).fit(FAITHFUL), FAITHFUL, n_replicates=5)
    with pytest.raises(InputError, match="kind is"):
        found.intervals(kind=kind)
    with pytest.raises(InputError, match="give one of 'auto', 'normal'"):
        inference.jackknife(GaussianMixture(1).fit(FAITHFUL), FAITHFUL).intervals(kind="percentile")
