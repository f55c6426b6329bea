"""Selections with a prior, restrictions, and what is left out for them."""

from __future__ import annotations

import numpy as np
import pytest

import gaussmix
from gaussmix import ConjugatePrior, GaussianMixture, select
from gaussmix.errors import DataWarning, InputError

from ..support import quiet

X = gaussmix.datasets.load_faithful().data
FEW = {"n_components": range(1, 4), "families": ["EEE", "VVV", "VVI"], "random_state": 0}


@pytest.mark.parametrize(
    "options",
    [
        {"prior": "mclust"},
        {"prior": ConjugatePrior(weight_concentration=2.0, mean_precision=0.1)},
        {"fix": {"weights": "equal"}},
        {"max_eigenvalue_ratio": 50.0},
        {"min_weight": 0.3},
        {"prior": "mclust", "fix": {"weights": "equal"}, "max_eigenvalue_ratio": 500.0},
        {"trim": 0.05},
        {"trim": 0.05, "prior": "mclust"},
        {"bounds": (None, (np.inf, 97.0))},
        {"censored": (None, (np.inf, 85.0))},
        {"bounds": (1.0, None), "censored": ((-np.inf, 50.0), (np.inf, 85.0))},
    ],
    ids=str,
)
def test_criteria_are_those_of_the_estimator(options):
    with quiet():
        selection = select(X, **FEW, **options)
    for model in selection.models:
        if model.mixture is None:
            continue
        estimator = selection.estimator(model)
        assert all(getattr(estimator, name) == value for name, value in options.items())
        assert estimator.n_parameters_ == model.df
        for name in ("bic", "aic", "icl"):
            assert getattr(estimator, name)(X) == pytest.approx(getattr(model, name), rel=1e-10)


WILD = np.vstack([X, [[1e6, 1e6]] * 3, [[-50.0, 500.0]] * 3])
"""The eruptions, and six rows that are none."""


@pytest.mark.parametrize("criterion", ["bic", "icl"])
def test_trimmed_criteria_count_the_rows_that_are_kept(criterion, tmp_path):
    with quiet():
        selection = select(WILD, range(1, 4), "VVV", criterion, random_state=0, trim=6 / 278)
        plain = select(X, range(1, 4), "VVV", criterion, random_state=0)
    best = selection.best_
    assert best.n_components == plain.best_.n_components
    assert (np.flatnonzero(best.predict(WILD) == -1) == np.arange(272, 278)).all()
    assert selection.best.total_weight == pytest.approx(272.0)
    assert best.bic(WILD) == pytest.approx(plain.best_.bic(X), abs=0.1)
    selection.save(tmp_path / "trimmed.safetensors")
    again = gaussmix.load(tmp_path / "trimmed.safetensors").best_
    np.testing.assert_array_equal(again.predict(WILD), best.predict(WILD))
    assert again.bic(WILD) == best.bic(WILD)


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (WILD, {"trim": 6 / 278}),
        (np.minimum(X, [np.inf, 85.0]), {"censored": (None, [np.inf, 85.0])}),
        (X[X[:, 1] < 85.0], {"bounds": (None, [np.inf, 85.0])}),
    ],
    ids=["trim", "censored", "bounds"],
)
def test_an_automatic_number_of_components_is_that_of_the_least_bic(rows, options):
    with quiet():
        found = GaussianMixture("auto", covariance_type="tied", random_state=0, **options).fit(rows)
        for model in found.candidates_[:4]:
            alone = GaussianMixture(
                model.n_components, covariance_type="tied", random_state=0, **options
            ).fit(rows)
            assert model.bic == pytest.approx(alone.bic(rows), abs=1e-3)
    least = min(model.bic for model in found.candidates_ if model.sound)
    assert found.bic(rows) == pytest.approx(least, abs=1e-3)


@pytest.mark.parametrize(
    ("criterion", "options"),
    [
        ("cv", {"trim": 0.1}),
        ("held-out", {"trim": 0.1}),
        ("mml", {"trim": 0.1}),
        ("dendrogram", {"bounds": (0.0, None)}),
        ("instability", {"censored": (None, 99.0)}),
    ],
)
def test_criteria_of_all_rows_refuse(criterion, options):
    with pytest.raises(InputError, match="counts all rows by density"):
        select(X, range(2, 4), "VVV", criterion, random_state=0, **options)


def test_held_out_values_are_counted_by_their_limits():
    clipped = np.minimum(X, [np.inf, 85.0])
    found = select(clipped, 2, "VVV", "held-out", random_state=0, censored=(None, [np.inf, 85.0]))
    plain = select(clipped, 2, "VVV", "held-out", random_state=0)
    model = found.best_
    # The rows of the fit and those held out, together.
    total = -2.0 * model.score(clipped) * len(clipped)
    kept = -2.0 * found.best.log_likelihood
    assert found.best.value("held-out") == pytest.approx(total - kept, rel=1e-9)
    assert found.best.value("held-out") != pytest.approx(plain.best.value("held-out"), rel=1e-3)


def test_a_selection_with_other_bounds_is_not_resumed(tmp_path):
    file, few = tmp_path / "bounded.safetensors", {"n_components": [2], "families": "EEE", "random_state": 0}
    first = select(X, resume=file, bounds=(None, np.array([9.0, 99.0])), **few)
    assert select(X, resume=file, bounds=(None, [9.0, 99.0]), **few).best.bic == first.best.bic
    with pytest.raises(InputError, match="resume is a selection with bounds="):
        select(X, resume=file, bounds=(None, [9.0, 98.0]), **few)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("family", ["EEE", "VVV", "VVI"])
def test_a_prior_leads_to_the_maximum_of_a_search(K, family):
    with quiet():
        alone = GaussianMixture(K, covariance_type=family, prior="mclust", random_state=0).fit(X)
        selection = select(X, range(1, 5), ["EEE", "VVV", "VVI"], prior="mclust", random_state=0)
    found = selection.estimator(selection.model(K, family))
    assert found.lower_bound_ >= alone.lower_bound_ - 1e-5


def test_a_prior_supports_models_that_rows_alone_do_not():
    few = np.random.default_rng(0).standard_normal((8, 4))
    without = select(few, [1, 2], "VVV", random_state=0)
    assert [model.status for model in without.models] == ["fitted", "too few rows"]
    with_prior = select(few, [1, 2], "VVV", prior="mclust", random_state=0)
    assert all(model.sound for model in with_prior.models)


@pytest.mark.parametrize(
    ("options", "left_out"),
    [
        ({"min_weight": 0.4}, ["EEE,3", "VVV,3", "VVI,3"]),
        ({"min_weight": 0.6}, [f"{name},{K}" for name in ("EEE", "VVV", "VVI") for K in (2, 3)]),
        ({"fix": {"means": "zero"}}, ["EEE,2", "EEE,3"]),
        ({"fix": {"means": "shared"}}, ["EEE,2", "EEE,3"]),
    ],
    ids=str,
)
def test_models_that_contradict_a_restriction_are_left_out(options, left_out):
    with pytest.warns(DataWarning, match="Without "):
        selection = select(X, **FEW, **options)
    every = {f"{name},{K}" for name in ("EEE", "VVV", "VVI") for K in (1, 2, 3)}
    assert {model.name for model in selection.models} == every - set(left_out)
    assert selection.complete
    assert all(name in "".join(selection.notes) for name in left_out)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fix": {"means": [0]}}, r"fix\['means'\] is \[0\], which keeps given values"),
        ({"fix": {"covariances": "all"}}, "is 'all', which keeps given values"),
        ({"fix": {"weights": np.array([0])}}, "keeps given values"),
        ({"fix": {"mean": "zero"}}, "fix has the key 'mean'"),
        ({"fix": {"weights": "zero"}}, "fix\\['weights'\\] is 'zero'"),
        ({"prior": "mclus"}, "prior is 'mclus'"),
        ({"max_eigenvalue_ratio": 0.5}, "max_eigenvalue_ratio is 0.5"),
        ({"min_weight": 1.5}, "min_weight is 1.5"),
        ({"prior": "mclust", "criterion": "mml"}, "message length has a prior of its own"),
        ({"min_weight": 0.1, "criterion": "mml"}, "min_weight is 0.1 beside"),
    ],
    ids=str,
)
def test_what_cannot_be_selected_is_refused(options, words):
    with pytest.raises(InputError, match=words):
        select(X, **{**FEW, **options})


@pytest.mark.parametrize("criterion", ["icl", "cv", "held-out", "instability", "dendrogram"])
def test_every_other_criterion_has_priors(criterion):
    with quiet():
        selection = select(
            X, range(2, 5), ["EEE", "VVV"], criterion, prior="mclust", n_folds=2, n_runs=2, random_state=0
        )
    assert selection.best_.prior == "mclust"
    assert "maximum a posteriori (MAP) with the default prior of mclust" in selection.summary()


@pytest.mark.parametrize(
    "options",
    [
        {"prior": ConjugatePrior(mean_precision=0.2)},
        {"fix": {"weights": "equal"}, "min_weight": 0.0},
        {"min_weight": 0.2},
    ],
    ids=str,
)
def test_a_file_keeps_the_options_and_is_resumed_with_the_same(tmp_path, options):
    path = tmp_path / "selection.safetensors"
    with quiet():
        first = select(X, [1, 2], ["EEE", "VVV"], resume=path, random_state=0, **options)
        again = select(X, [1, 2, 3], ["EEE", "VVV"], resume=path, random_state=0, **options)
    assert again.model(2, "VVV").bic == first.model(2, "VVV").bic
    loaded = gaussmix.load(path)
    assert {name: loaded.options[name] for name in options} == options
    assert loaded.model(2, "VVV").df == again.model(2, "VVV").df
    with pytest.raises(InputError, match="resume is a selection with"):
        select(X, [1, 2], ["EEE", "VVV"], resume=path, random_state=0)


@pytest.mark.parametrize("options", [{"prior": "mclust"}, {"min_weight": 0.3}], ids=str)
def test_an_automatic_number_of_components_is_that_of_a_selection(options):
    with quiet():
        model = GaussianMixture("auto", covariance_type="EEE", random_state=0, **options).fit(X)
        selection = select(X, range(1, 10), "EEE", random_state=0, **options)
    assert model.mixture_.n_components == selection.best.n_components
    # Each fit ends within the tolerance of EM: 1e-6 nats for each row.
    assert model.bic(X) == pytest.approx(selection.best.bic, abs=2e-6 * len(X))
    assert [each.bic for each in model.candidates_] == [each.bic for each in selection.models]


def test_without_races_most_families_begin_at_the_fits_of_freer_ones():
    families = ["EII", "EEE", "VEE", "EVE", "EEV", "VVV"]
    with quiet():
        selection = select(X, [2, 3], families, random_state=0, trim=0.02, max_eigenvalue_ratio=300.0)
    own = {model.name for model in selection.models if model.trace.search is not None}
    # No search of one of the five best models was better.
    assert own == {f"{family},{K}" for family in ("VVV", "EII") for K in (2, 3)}
    for model in selection.models:
        assert model.log_likelihood <= selection.model(model.n_components, "VVV").log_likelihood + 1e-6
