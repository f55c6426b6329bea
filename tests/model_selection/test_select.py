"""The comparison of families and numbers of components."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import adjusted_rand_score

import gaussmix
from gaussmix import Diagonal, Full, GaussianMixture, Spherical, Tied, kernels, select, storage
from gaussmix.covariances import is_nested
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import DataWarning, InputError, InputTypeError
from gaussmix.model_sweep.fitted import STATUSES

from ..oracles.tables import rows_of
from ..support import clusters, quiet

FAITHFUL = gaussmix.datasets.load_faithful().data
SIX = ["EII", "VII", "EEI", "VVI", "EEE", "VVV"]
"""The families whose estimate is compiled."""
COLUMNS = ["n_components", "family", "log_likelihood", "df", "bic", "aic", "icl", "status", "seconds"]


def values(selection):
    return selection.table[COLUMNS[2:7]].to_numpy(dtype=float)


@pytest.fixture(scope="module")
def faithful():
    return select(FAITHFUL, range(1, 5), SIX, random_state=0)


def test_the_table_has_a_row_for_each_model(faithful):
    table = faithful.table
    assert list(table.columns) == COLUMNS
    assert len(table) == 4 * len({model.family_name for model in faithful.models})
    assert table["n_components"].tolist() == sorted(table["n_components"])
    assert set(table["status"]) <= set(STATUSES)


def test_mclusts_choice(faithful):
    # The vignette of mclust 6.1.3: EEE,3, log-likelihood −1126.326, 11 parameters, BIC −2314.316.
    best = faithful.best
    assert (best.name, best.df) == ("EEE,3", 11)
    assert best.log_likelihood >= -1126.326 - 1e-3
    assert best.bic <= 2314.316 + 2e-3


def test_criteria_are_those_of_the_estimator(faithful):
    for name, K in (("EEE", 3), ("VVV", 2), ("VII", 4), ("EEI", 1)):
        model = faithful.model(K, name)
        fitted = faithful.estimator(model)
        for criterion in ("bic", "aic", "icl"):
            assert model.value(criterion) == pytest.approx(getattr(fitted, criterion)(FAITHFUL), rel=1e-12)
        assert model.log_likelihood == pytest.approx(fitted.score(FAITHFUL) * len(FAITHFUL), rel=1e-12)
        assert fitted.get_params()["n_components"] == K


@pytest.mark.parametrize("criterion", ["bic", "aic", "icl"])
def test_the_best_has_the_lowest_value(faithful, criterion):
    chosen = faithful.chosen_by(criterion)
    sound = chosen.table[chosen.table["status"] == "fitted"]
    assert chosen.best.value(criterion) == sound[criterion].min()
    assert (
        select(FAITHFUL, range(1, 5), SIX, criterion=criterion, random_state=0).best.name == chosen.best.name
    )


def test_the_best_is_an_ordinary_estimator(faithful):
    best = faithful.best_
    assert isinstance(best, GaussianMixture)
    assert best.predict(FAITHFUL).shape == (272,)
    assert best.converged_
    assert best.n_iter_ == len(best.lower_bounds_)
    again = GaussianMixture(**best.get_params()).fit(FAITHFUL)
    assert again.bic(FAITHFUL) <= best.bic(FAITHFUL) + 0.5


def test_the_engine_does_not_change_a_model(faithful):
    for engine in (SerialEngine(), ThreadEngine(2), ThreadEngine(5)):
        assert np.array_equal(
            values(faithful), values(select(FAITHFUL, range(1, 5), SIX, random_state=0, engine=engine))
        )


class OneByOne(SerialEngine.__bases__[0]):
    """An engine of another class, which has no tasks."""

    def sum(self, function, source):
        return SerialEngine().sum(function, source)


def test_an_engine_of_another_class(faithful):
    chosen = select(FAITHFUL, [1, 2], ["VVV", "EII"], random_state=0, engine=OneByOne())
    assert chosen.model(2, "VVV").bic == pytest.approx(faithful.model(2, "VVV").bic, abs=1e-3)


@pytest.mark.parametrize(
    ("families", "names"),
    [
        ("VVV", ["VVV"]),
        ("EEE,diag", ["EEE", "VVI"]),
        (["full", "VVV", Tied(Full())], ["VVV", "EEE"]),
        (Diagonal(), ["VVI"]),
        (Spherical, ["VII"]),
        ((family for family in ("EII", "tied")), ["EII", "EEE"]),
    ],
)
def test_families(families, names):
    chosen = select(FAITHFUL, 1, families, random_state=0)
    assert [model.family_name for model in chosen.models] == names


def test_one_column_has_two_families():
    chosen = select(FAITHFUL[:, :1], [1, 2], random_state=0)
    assert chosen.table["family"].tolist() == ["E", "V", "E", "V"]
    assert chosen.best.df == chosen.best_.mixture_.n_parameters


@pytest.mark.parametrize("n_components", [3, [3], np.array([3]), np.int64(3), range(3, 4), {3}, iter([3, 3])])
def test_numbers_of_components(n_components):
    chosen = select(FAITHFUL, n_components, "EII", random_state=0)
    assert [model.n_components for model in chosen.models] == [3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_components": 0}, "n_components"),
        ({"n_components": "auto"}, "n_components"),
        ({"n_components": []}, "n_components is empty"),
        ({"n_components": [2, 2.5]}, "n_components"),
        ({"families": "VVX"}, "VVX"),
        ({"families": []}, "families is empty"),
        ({"families": 7}, "7"),
        ({"criterion": "bics"}, "criterion"),
        ({"search": "long"}, "search"),
        ({"resume": 5}, "resume"),
        ({"resume": "selection.csv"}, "safetensors"),
        ({"verbose": -1}, "verbose"),
        ({"callbacks": 3}, "callbacks"),
        ({"engine": "fast"}, "engine"),
    ],
)
def test_what_cannot_be_used(options, message):
    with pytest.raises((InputError, InputTypeError), match=message):
        select(FAITHFUL, **{"n_components": 2, "families": "EII", **options})


# ----------------------------------------------------------------------------------------- the best of a search


@pytest.mark.parametrize("search", ["auto", "likelihood"])
def test_a_nested_family_is_never_more_likely(search):
    X = np.array([list(row.values())[:4] for row in rows_of("iris")], dtype=float)
    chosen = select(X, [2, 3, 4], random_state=1, search=search)
    pairs = [
        (one, other)
        for one in chosen.models
        for other in chosen.models
        if one.n_components == other.n_components and is_nested(one.family, other.family)
    ]
    assert len(pairs) == 3 * 61
    for one, other in pairs:
        assert one.log_likelihood <= other.log_likelihood + 1e-6 * len(X), (one.name, other.name)


def test_the_choice_does_not_depend_on_the_seed():
    """All of 50 seeds reach the best maximum."""
    X = load_breast_cancer().data[:, :10]
    found = [select(X, range(3, 7), "VVV", random_state=seed).best for seed in range(4)]
    assert {model.name for model in found} == {"VVV,5"}
    assert min(model.bic for model in found) == pytest.approx(-8583.06, abs=0.01)
    assert max(model.bic for model in found) < -8583.06 + 2.0


# ------------------------------------------------------------------------- what cannot be fitted is reported


def test_fewer_rows_than_columns_leave_families_without_correlations():
    X = np.random.default_rng(0).normal(size=(12, 20))
    with pytest.warns(DataWarning, match="Too few rows for the families EEE"):
        chosen = select(X, range(1, 4), random_state=0)
    statuses = {name: set(group) for name, group in chosen.table.groupby("family")["status"]}
    assert statuses["VVV"] == statuses["EEE"] == {"too few rows"}
    assert "fitted" in statuses["EII"]
    assert "fitted" in statuses["EEI"]
    assert "Too few rows" in chosen.summary()


SINGULAR = {
    "a constant column": lambda X: np.column_stack([X, np.ones(len(X))]),
    "a column twice": lambda X: np.column_stack([X, X[:, :1]]),
    "a sum of columns": lambda X: np.column_stack([X, X.sum(axis=1)]),
    "one row many times": lambda X: np.tile(X[:1], (50, 1)),
    "two distinct rows": lambda X: np.tile(X[:2], (30, 1)),
    "rounded values": lambda X: np.round(X / 20.0),
    "one column of whole numbers": lambda X: np.round(X[:, :1]),
}


@pytest.mark.parametrize("reg_covar", ["auto", 0.0])
@pytest.mark.parametrize("case", SINGULAR)
def test_nothing_singular_is_raised_or_chosen(case, reg_covar):
    X = SINGULAR[case](FAITHFUL)
    with quiet():
        chosen = select(
            X, range(1, 4), [*SIX, "VEV"] if X.shape[1] > 1 else "all", random_state=0, reg_covar=reg_covar
        )
    table = chosen.table
    assert chosen.complete
    sound = table[table["status"] == "fitted"]
    assert np.isfinite(sound[["log_likelihood", "bic", "aic", "icl"]].to_numpy()).all()
    if len(sound):
        assert chosen.best.sound
        variances = np.diagonal(chosen.best.mixture.covariances.dense(), axis1=1, axis2=2)
        assert (variances > 0).all()
    else:
        with pytest.raises(InputError, match="no model can be chosen"):
            _ = chosen.best


@pytest.mark.parametrize("criterion", ["BIC", "cv", "loglik"])
def test_an_unknown_criterion_is_named_with_those_of_the_selection(criterion):
    chosen = select(np.random.default_rng(0).normal(size=(60, 2)), [1, 2], ["EII"], random_state=0)
    with pytest.raises(
        InputError, match=f"criterion is '{criterion}', and this selection has 'bic', 'icl', 'aic'"
    ):
        chosen.chosen_by(criterion)


def test_a_variance_needs_fewer_rows_than_a_covariance():
    # 36 arabica and 7 robusta coffees, twelve measurements of each.
    coffees = rows_of("coffee")
    X = np.array([[float(row[name]) for name in list(row)[2:]] for row in coffees])
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    with quiet():
        chosen = select(X, 2, ["VII", "VVI"], random_state=0)
    assert chosen.table["status"].tolist() == ["fitted", "fitted"]
    varieties = [row["Variety"] for row in coffees]
    for model in chosen.models:
        assert adjusted_rand_score(varieties, model.mixture.predict(X)) == 1.0


def test_a_common_orientation_needs_rows_for_all_columns():
    X = np.random.default_rng(2).normal(size=(21, 10))
    with quiet():
        chosen = select(X, [1, 2], ["EVE", "VVE", "VEE", "EEI"], random_state=0)
    statuses = {model.name: model.status for model in chosen.models}
    assert {statuses[name] for name in ("VVE,1", "EVE,1", "VEE,2", "EEI,2")} == {"fitted"}
    assert statuses["VVE,2"] == statuses["EVE,2"] == "too few rows"


def test_a_spike_does_not_win():
    rng = np.random.default_rng(3)
    X = np.concatenate([rng.normal(size=(60, 2)), np.tile([[0.3, 0.2]], (8, 1))])
    with quiet():
        chosen = select(X, range(1, 6), ["VVV", "VVI"], random_state=0)
    assert chosen.best.mixture.covariances.log_determinants.min() > -12


def test_more_components_than_rows():
    with quiet():
        chosen = select(FAITHFUL[:5], range(1, 9), "EII", random_state=0)
    assert chosen.table["status"].tolist()[5:] == ["too few rows"] * 3


# ------------------------------------------------------------------------------------- what fit takes, too


def test_weights_are_copies():
    weights = np.random.default_rng(0).integers(0, 3, len(FAITHFUL))
    copies = np.repeat(FAITHFUL, weights, axis=0)
    one, other = (
        select(FAITHFUL, [1, 2, 3], SIX, random_state=0, sample_weight=weights),
        select(copies, [1, 2, 3], SIX, random_state=0),
    )
    np.testing.assert_allclose(values(one), values(other), rtol=1e-6)


def test_missing_values_errors_and_noise():
    X = FAITHFUL.copy()
    X[::7, 0] = np.nan
    X[3::11, 1] = np.nan
    errors = np.tile([0.01, 1.0], (len(X), 1))
    with quiet():
        assert np.isfinite(values(select(X, [1, 2], ["VVV", "EEI"], random_state=0))).all()
        assert np.isfinite(values(select(FAITHFUL, [1, 2], "VVV", random_state=0, noise=errors))).all()
        chosen = select(FAITHFUL, [1, 2], "VVV", random_state=0, noise_component=True)
    assert chosen.best_.mixture_.uniform is not None
    assert chosen.best.df == chosen.best.mixture.n_parameters


def test_the_words_tell_of_a_noise_component():
    X = gaussmix.datasets.load_chevron().data
    with quiet():
        chosen = select(X, [1, 2], "VVV", random_state=0, noise_component=True)
        plain = select(FAITHFUL, [1, 2], "VVV", random_state=0)
    weight = f"{chosen.best.mixture.uniform.weight:.3g}"
    line = f"Every model has a noise component; its weight in the chosen model is {weight}."
    assert line in chosen.summary().splitlines()
    assert (
        line.replace(weight, f"{chosen.model(1, 'VVV').mixture.uniform.weight:.3g}") not in chosen.summary()
    )
    assert repr(chosen).startswith("<Selection of 2 models with a noise component by bic: ")
    assert "noise" not in plain.summary() + repr(plain)


def test_the_words_tell_of_a_noise_component_where_no_model_is_sound():
    with quiet():
        chosen = select(FAITHFUL * [1e5, 1.0], [1], "EII", random_state=0, noise_component=True)
    assert "Every model has a noise component." in chosen.summary().splitlines()


@pytest.mark.skipif(kernels.em_steps is None, reason="the compiled kernel is not in use")
def test_models_of_incomplete_rows_share_starts():
    X, names = gaussmix.datasets.load_airquality().data, ["VVV", "VVE", "EEE"]
    with quiet():
        chosen = select(X, [2, 3], names, random_state=0)
        order = np.random.default_rng(0).permutation(len(X))
        np.testing.assert_allclose(values(select(X[order], [2, 3], names, random_state=0)), values(chosen))
        # The best maxima known, of searches with many seeds.
        assert chosen.model(2, "VVV").log_likelihood > -2273.515
        assert chosen.model(3, "VVV").log_likelihood > -2240.454
        assert chosen.model(3, "VVE").log_likelihood > -2249.748
        for model in chosen.models:
            alone = GaussianMixture(model.n_components, covariance_type=model.family_name, random_state=0)
            assert model.log_likelihood > len(X) * alone.fit(X).score(X) - 0.01


def test_models_with_a_noise_component_share_starts():
    """Two families are searched, and the best models; no fit of the others fails."""
    rng = np.random.default_rng(2)
    X = np.concatenate([FAITHFUL, rng.uniform([0.0, 20.0], [8.0, 120.0], (25, 2))])
    with quiet():
        chosen = select(X, range(1, 5), SIX, random_state=0, noise_component=True)
        alone = GaussianMixture(
            chosen.best.n_components,
            covariance_type=chosen.best.family_name,
            random_state=0,
            noise_component=True,
        ).fit(X)
    assert {model.status for model in chosen.models} <= {"fitted", "degenerate"}
    assert all(model.mixture.uniform is not None for model in chosen.models)
    assert chosen.best.log_likelihood > len(X) * alone.score(X) - 0.01


@pytest.mark.parametrize(("volume", "fitted"), [(True, {"VVV"}), (1e-9, set())])
def test_a_model_of_noise_alone_ends_no_selection(volume, fitted):
    """On columns of different units the noise is denser than a spherical component."""
    X = FAITHFUL * [1e5, 1.0]
    with quiet():
        chosen = select(X, [1, 2], ["EII", "VVV"], random_state=0, noise_component=volume)
    assert {model.family_name for model in chosen.models if model.sound} == fitted
    assert {model.status for model in chosen.models if model.family_name == "EII"} == {"degenerate"}
    families = "the family EII" if fitted else "all 2 families"
    assert (
        f"No model of {families} is sound: nearly every row belongs to the noise component; give noise_component"
        in str(chosen.summary())
    )


def test_labels_rule_out_fewer_components():
    labels = np.where(FAITHFUL[:, 0] > 3, 1, 0)
    labels[::2] = -1
    with pytest.warns(DataWarning, match="rule out K = 1"):
        chosen = select(FAITHFUL, [1, 2, 3], "EEE", random_state=0, labels=labels)
    assert [model.n_components for model in chosen.models] == [2, 3]
    found = chosen.estimator(chosen.model(2, "EEE")).predict(FAITHFUL)
    assert np.mean(found[labels >= 0] == labels[labels >= 0]) > 0.97


def test_names_of_columns_are_kept():
    frame = pd.DataFrame(FAITHFUL, columns=["eruptions", "waiting"])
    best = select(frame, 2, "EEE", random_state=0).best_
    assert best.feature_names_in_.tolist() == ["eruptions", "waiting"]
    assert best.mixture_.feature_names == ("eruptions", "waiting")


def test_the_data_are_not_changed():
    X = clusters(np.random.default_rng(1), 100, 2, 3)
    before = X.copy()
    with quiet():
        select(X, [1, 2], SIX, random_state=0)
    assert np.array_equal(X, before)


# -------------------------------------------------------------------------------------- stopping, resuming


class Stop:
    """A callback that stops after so many models, by an answer or by Ctrl-C."""

    def __init__(self, after, interrupt=False):
        self.after, self.interrupt, self.seen = after, interrupt, []

    def __call__(self, model):
        self.seen.append(model.name)
        if len(self.seen) >= self.after and self.interrupt:
            raise KeyboardInterrupt
        return len(self.seen) >= self.after


@pytest.mark.parametrize("interrupt", [False, True])
@pytest.mark.parametrize("after", [1, 5, 11, 24])
def test_a_stopped_selection_goes_on(faithful, after, interrupt):
    with pytest.warns(DataWarning, match="stopped after"):
        part = select(FAITHFUL, range(1, 5), SIX, random_state=0, callbacks=Stop(after, interrupt))
    assert not part.complete
    assert after <= len(part.models) <= len(faithful.models)
    assert "Stopped after" in part.summary()
    rest = Stop(1000)
    whole = select(FAITHFUL, range(1, 5), SIX, random_state=0, resume=part, callbacks=rest)
    assert whole.complete
    assert np.array_equal(values(whole), values(faithful))
    held = {model.name for model in part.models}
    assert {model.name for model in faithful.models} - held <= set(rest.seen)
    # A better fit is told again.
    assert len(set(rest.seen) - held) == len(faithful.models) - len(part.models)


@pytest.mark.parametrize("after", [48, 50])
def test_a_selection_stopped_before_or_during_its_improvements_goes_on(tmp_path, after):
    path, asked = tmp_path / "selection.safetensors", (FAITHFUL, range(1, 9), SIX)
    whole = select(*asked, random_state=0)
    with pytest.warns(DataWarning, match="first fit of each model"):
        part = select(*asked, random_state=0, resume=path, callbacks=Stop(after))
    assert not gaussmix.load(path).complete
    resumed = select(*asked, random_state=0, resume=path)
    assert resumed.complete
    assert (resumed.table.bic <= part.table.bic + 1e-6).all()
    assert resumed.table.bic.min() == pytest.approx(whole.table.bic.min())
    if after == 48:
        assert (whole.table.bic < part.table.bic - 1.0).any()
        np.testing.assert_allclose(values(resumed), values(whole), rtol=1e-9)


def test_an_interrupt_before_the_first_model():
    class Interrupting(SerialEngine.__bases__[0]):
        def sum(self, function, source):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        select(FAITHFUL, 2, "EII", engine=Interrupting())


def test_more_models_are_added_to_a_selection(faithful):
    part = select(FAITHFUL, [1, 2], ["VVV", "EII"], random_state=0)
    watch = Stop(1000)
    more = select(FAITHFUL, range(1, 4), ["VVV", "EII", "EEE"], random_state=0, resume=part, callbacks=watch)
    assert set(watch.seen) == {"EEE,1", "EEE,2", "EEE,3", "EII,3", "VVV,3"}
    assert more.model(2, "VVV").mixture is part.model(2, "VVV").mixture
    assert more.model(3, "EEE").bic == pytest.approx(faithful.model(3, "EEE").bic, abs=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"X": FAITHFUL + 1.0},
        lambda: {"X": FAITHFUL[:-1]},
        lambda: {"sample_weight": np.full(272, 2.0)},
        lambda: {"search": "off"},
        lambda: {"reg_covar": 1e-6},
    ],
)
def test_a_selection_of_other_rows_or_options_is_refused(change):
    part = select(FAITHFUL, 1, "EII", random_state=0)
    with pytest.raises(InputError, match="resume is a selection"):
        select(**{"X": FAITHFUL, "n_components": [1, 2], "families": "EII", "resume": part, **change()})


def test_a_file_keeps_a_selection(tmp_path, faithful):
    path = tmp_path / "selection.safetensors"
    with pytest.warns(DataWarning):
        select(FAITHFUL, range(1, 5), SIX, random_state=0, resume=path, callbacks=Stop(6))
    held = gaussmix.load(path)
    assert 6 <= len(held.models) < len(faithful.models)
    whole = select(FAITHFUL, range(1, 5), SIX, random_state=0, resume=str(path))
    np.testing.assert_allclose(values(whole), values(faithful), rtol=1e-6)
    assert gaussmix.load(path).complete


def test_saved_and_loaded(tmp_path, faithful):
    path = tmp_path / "selection.safetensors"
    faithful.save(path)
    loaded = gaussmix.load(path)
    assert repr(loaded) == repr(faithful)
    assert loaded.summary() == faithful.summary()
    pd.testing.assert_frame_equal(loaded.table, faithful.table)
    assert loaded.best_.mixture_ == faithful.best_.mixture_
    assert loaded.best_.get_params() == faithful.best_.get_params()


def test_a_file_of_a_version_without_stages(tmp_path, faithful):
    path = tmp_path / "selection.safetensors"
    faithful.save(path)
    record = storage.read(path)
    left_out = ("format", "version", "stages")
    storage.write(path, record.arrays, {k: v for k, v in record.description.items() if k not in left_out})
    assert repr(gaussmix.load(path)) == repr(faithful)


@pytest.mark.parametrize("verbose", [1, 2])
def test_progress(capsys, verbose):
    select(FAITHFUL, [1, 2], ["VVV", "EII"], random_state=0, verbose=verbose)
    out, err = capsys.readouterr()
    assert out == ""
    assert "4/4" in err
    assert "best VVV,2, BIC 2322.19" in err


# --------------------------------------------------------------------------- rows that a model was not fitted to


def test_cross_validation_is_the_likelihood_of_each_fold_under_the_fit_to_the_others():
    chosen = select(FAITHFUL, [1, 2], ["EEE", "VVV"], "cv", random_state=0, n_folds=3)
    assert "cv" in chosen.table.columns
    assert chosen.best.value("cv") == chosen.table["cv"].min()
    # With one component the maximum is known, and so is the sum over the folds, whichever they are.
    order = np.random.default_rng([chosen.seed, 2]).permutation(len(FAITHFUL))
    total = 0.0
    for fold in np.array_split(order, 3):
        rest = np.delete(FAITHFUL, fold, axis=0)
        one = gaussmix.Mixture([1.0], [rest.mean(axis=0)], [np.cov(rest.T, bias=True)])
        total -= 2.0 * one.log_prob(FAITHFUL[fold]).sum()
    assert chosen.model(1, "VVV").value("cv") == pytest.approx(total, rel=1e-6)


def test_held_out_rows_are_not_fitted():
    chosen = select(FAITHFUL, [1, 2, 3], "EEE", "held-out", random_state=0, held_out=0.25)
    assert chosen.best.total_weight == 272 - 68
    assert chosen.best.value("held-out") == chosen.table["held-out"].min()
    assert chosen.best.n_components > 1
    order = np.random.default_rng([chosen.seed, 2]).permutation(len(FAITHFUL))
    expected = -2.0 * chosen.best.mixture.log_prob(FAITHFUL[order[:68]]).sum()
    assert chosen.best.value("held-out") == pytest.approx(expected, rel=1e-9)


def test_held_out_scores_are_saved(tmp_path):
    path = tmp_path / "s.safetensors"
    chosen = select(FAITHFUL, [1, 2], "EEE", "held-out", random_state=0, resume=path)
    assert gaussmix.load(path).best.value("held-out") == chosen.best.value("held-out")
    assert "weights" in gaussmix.load(path).summary()


def test_held_out_rows_keep_what_is_known_of_them():
    X = FAITHFUL.copy()
    X[::7, 0] = np.nan
    weights = np.random.default_rng(0).integers(1, 3, len(X))
    labels = np.where(np.arange(len(X)) % 5 == 0, (FAITHFUL[:, 0] > 3).astype(int), -1)
    with quiet():
        chosen = select(
            X,
            [2, 3],
            "EEE",
            "cv",
            random_state=0,
            n_folds=2,
            sample_weight=weights,
            labels=labels,
            noise=np.full(X.shape, 0.01),
        )
    assert np.isfinite(chosen.table["cv"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"criterion": "cv", "n_folds": 1}, "n_folds"),
        ({"criterion": "cv", "n_folds": 137}, "n_folds"),
        ({"criterion": "held-out", "held_out": 0.0}, "held_out"),
        ({"criterion": "held-out", "held_out": 1}, "held_out"),
        ({"criterion": "held-out", "held_out": "some"}, "held_out"),
    ],
)
def test_folds_and_shares(options, message):
    with pytest.raises((InputError, InputTypeError), match=message):
        select(FAITHFUL, 1, "EII", **options)


def test_a_selection_in_place_of_a_model_is_named():
    X = gaussmix.datasets.load_faithful().data
    chosen = gaussmix.select(X, 1, "EII", random_state=0)
    for call in (gaussmix.combine, gaussmix.inference.bootstrap):
        with pytest.raises(InputTypeError, match="of type Selection: give its best_"):
            call(chosen, X)


def test_all_families_are_not_listed():
    X = np.column_stack([np.arange(20.0), np.ones(20)])
    with pytest.warns(DataWarning, match="Covariances of all 14 families would be singular"):
        gaussmix.select(X, range(1, 3), random_state=0)


def test_a_far_group_beside_rows_with_many_copies():
    """Copies are rows: the group of 30 different rows is as large a share of 1,030 as it seems."""
    rng = np.random.default_rng(0)
    X = np.concatenate([np.round(rng.normal(size=1000)), rng.normal(50.0, 5.0, 30)])[:, None]
    chosen = select(X, range(1, 5), random_state=0)
    assert chosen.best.name == "V,2"
    assert np.sort(chosen.best.mixture.weights * len(X)).round(3).tolist() == [30.0, 1000.0]
    alone = GaussianMixture("auto", random_state=0).fit(X)
    assert len(alone.weights_) == 2


@pytest.mark.parametrize("seed", [4, 7, 10])
def test_no_component_on_equal_values_is_chosen(seed):
    """Four columns of scores from 1 to 10, most of them 1: shared shapes hide a collapse in the width of others."""
    rng = np.random.default_rng(seed)
    ill = rng.random(300) < 0.35
    low = 1 + (rng.random((300, 4)) < 0.15) * rng.integers(1, 4, (300, 4))
    X = np.where(ill[:, None], rng.integers(2, 11, (300, 4)), low).astype(float)
    with quiet():
        best = select(X, range(1, 9), ["VVI", "VEI", "VEE", "VEV", "VVE", "VVV"], random_state=0).best
    variances = best.mixture.covariances.variances() / X.var(axis=0)
    assert variances.max() < 100.0
    assert variances.min() > 1e-6


def test_models_of_one_column_have_the_names_of_several():
    chosen = select(FAITHFUL[:, :1], [1, 2], random_state=0)
    for name, other in (("V", "VII"), ("E", "EII"), ("V", "full"), ("E", "tied")):
        assert chosen.model(2, other) is chosen.model(2, name)
    with pytest.raises(InputError, match="there is no model 'UUU-1' with 2 components"):
        chosen.model(2, "UUU-1")
