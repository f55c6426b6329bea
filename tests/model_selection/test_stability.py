"""The stability of partitions over runs."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import fowlkes_mallows_score

import gaussmix
from gaussmix import Full, plots, select
from gaussmix.errors import DataWarning, InputError, InputTypeError
from gaussmix.model_selection import runs
from gaussmix.model_sweep import FittedModel
from gaussmix.model_sweep.stability import Stability, agreements_of, fowlkes_mallows

from ..support import quiet

FAITHFUL = gaussmix.datasets.load_faithful().data


def groups(seed, K=5, n=80):
    rng = np.random.default_rng(seed)
    centres = rng.permutation(np.array([[0, 0], [9, 0], [0, 9], [9, 9], [18, 0], [0, 18.0]]))[:K]
    return np.concatenate([rng.normal(size=(n, 2)) + centre for centre in centres])


@pytest.fixture(scope="module")
def faithful():
    return select(FAITHFUL, range(1, 6), ["EEE", "EII"], "instability", random_state=0, n_runs=4)


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 3)), min_size=2, max_size=60))
def test_the_index_is_that_of_scikit_learn(pairs):
    first, second = np.array(pairs).T
    assert fowlkes_mallows(first, second) == pytest.approx(fowlkes_mallows_score(first, second), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_weights_are_copies_of_rows(triples):
    first, second, copies = np.array(triples).T
    expected = (
        fowlkes_mallows(np.repeat(first, copies), np.repeat(second, copies)) if copies.sum() > 0 else 0.0
    )
    assert fowlkes_mallows(first, second, copies) == pytest.approx(expected, abs=1e-12)


def test_the_index_has_no_names_and_no_order():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    value = fowlkes_mallows(first, second)
    assert fowlkes_mallows(second, first) == pytest.approx(value, rel=1e-12)
    assert fowlkes_mallows(np.array([7, 2, 9, 0])[first], second) == pytest.approx(value, rel=1e-12)
    assert fowlkes_mallows(first, first) == 1.0


def test_values_are_those_of_all_pairs_of_runs(faithful):
    # AutoK of CellCharter: each run of K against each of K − 1, and each of K + 1.
    for name in ("EEE", "EII"):
        for K in (2, 3, 4):
            own, fewer, more = (faithful.model(k, name).partitions for k in (K, K - 1, K + 1))
            assert own.shape == (4, 272)
            expected = [fowlkes_mallows_score(a, b) for other in (fewer, more) for a in own for b in other]
            model = faithful.model(K, name)
            assert np.sort(model.agreements) == pytest.approx(np.sort(expected), abs=1e-9)
            assert model.value("instability") == pytest.approx(1 - np.mean(expected), abs=1e-9)
        assert np.isnan(faithful.model(1, name).value("instability"))
        assert np.isnan(faithful.model(5, name).value("instability"))
    assert faithful.best.value("instability") == faithful.table["instability"].min()


@pytest.mark.parametrize("K", [2, 3, 4])
def test_partitions_that_others_refine_are_stable(K):
    # K blocks in each run; partitions into other numbers of components are random ones.
    rng = np.random.default_rng(0)
    blocks = np.arange(120) * K // 120

    def labels(k):
        if k == K:
            return blocks
        return blocks + K * (rng.random(120) < 0.1) if k > K else np.where(blocks == K - 1, K - 2, blocks)

    models = [
        FittedModel(k, Full(), 2, "fitted", partitions=np.array([labels(k) for _ in range(3)]))
        for k in range(1, 7)
    ]
    agreements = agreements_of(models, None)
    assert sorted(k for k, _ in agreements) == [2, 3, 4, 5]
    found = Stability.of(replace(m, agreements=agreements.get((m.n_components, m.family))) for m in models)
    expected = {k: agreements[k, Full()].mean() for k in range(2, 6)}
    assert dict(zip(found.n_components, found.mean, strict=True)) == pytest.approx(expected)


def test_peaks_and_the_best():
    found = Stability((2, 3, 4, 6, 7, 8), tuple(np.array([v, v]) for v in (0.9, 0.5, 0.8, 0.2, 0.6, 0.1)))
    assert (found.best, found.peaks) == (2, (7,))
    assert found.spread.tolist() == [0.0] * 6
    assert "largest at 2" in repr(found)


def test_runs_of_the_highest_likelihood_are_the_models(faithful):
    for model in faithful.models:
        assert model.log_likelihood == pytest.approx(model.mixture.log_prob(FAITHFUL).sum(), rel=1e-9)
    again = select(FAITHFUL, range(1, 6), ["EEE", "EII"], "instability", random_state=0, n_runs=4)
    assert again.table.drop(columns="seconds").equals(faithful.table.drop(columns="seconds"))


@pytest.mark.parametrize("after", [1, 4, 8])
def test_a_stopped_selection_goes_on(faithful, after, tmp_path):
    path, seen = tmp_path / "s.safetensors", []

    def stop(model):
        seen.append(model.name)
        return len(seen) >= after

    options = {"criterion": "instability", "random_state": 0, "n_runs": 4, "resume": path}
    with pytest.warns(DataWarning, match="stopped"):
        select(FAITHFUL, range(1, 6), ["EEE", "EII"], callbacks=stop, **options)
    seen.clear()
    whole = select(FAITHFUL, range(1, 6), ["EEE", "EII"], callbacks=lambda m: seen.append(m.name), **options)
    assert len(seen) <= 10 - after
    assert whole.table.drop(columns="seconds").equals(faithful.table.drop(columns="seconds"))
    loaded = gaussmix.load(path)
    assert loaded.stability("EII").mean == pytest.approx(faithful.stability("EII").mean)
    assert np.array_equal(loaded.model(3, "EEE").partitions, faithful.model(3, "EEE").partitions)


def test_more_runs_are_fitted_anew(faithful):
    more = select(FAITHFUL, range(1, 6), ["EEE"], "instability", random_state=0, n_runs=6, resume=faithful)
    assert len(more.model(3, "EEE").partitions) == 6


def test_many_rows_are_sampled(monkeypatch):
    monkeypatch.setattr(runs, "_MOST_ROWS", 300)
    X = groups(0, 4, 500)
    chosen = select(X, range(1, 7), "EII", "instability", random_state=0, n_runs=3, n_init=3)
    assert chosen.model(3, "EII").partitions.shape == (3, 300)
    statuses = chosen.table.set_index("n_components")["status"]
    assert statuses[chosen.best.n_components] == "fitted"
    assert (statuses.drop(chosen.best.n_components) == "fitted to a sample").all()
    for model in chosen.models:
        assert model.total_weight == len(X)
        assert model.log_likelihood == pytest.approx(model.mixture.log_prob(X).sum(), rel=1e-9)
    whole = gaussmix.GaussianMixture(chosen.best.n_components, covariance_type="EII", random_state=0).fit(X)
    assert chosen.best.log_likelihood == pytest.approx(whole.score(X) * len(X), rel=2e-3)


def test_weights_missing_values_errors_labels_and_noise():
    X = FAITHFUL.copy()
    X[::7, 0] = np.nan
    labels = np.where(np.arange(272) % 9 == 0, 0, -1)
    weights = np.random.default_rng(0).integers(0, 3, 272)
    cases = (
        {"X": X},
        {"X": FAITHFUL, "sample_weight": weights},
        {"X": FAITHFUL, "sample_weight": weights / weights.sum()},
        {"X": FAITHFUL, "noise": np.full((272, 2), 0.01)},
        {"X": FAITHFUL, "labels": labels},
        {"X": FAITHFUL, "noise_component": True},
    )
    with quiet():
        for case in cases:
            chosen = select(
                n_components=[1, 2, 3],
                families="EEE",
                criterion="instability",
                n_runs=2,
                random_state=0,
                **case,
            )
            assert 0 <= chosen.best.value("instability") < 0.6


@pytest.mark.parametrize("X", [np.ones((30, 2)), FAITHFUL[:5], np.round(FAITHFUL / 20)])
def test_nothing_singular_is_raised(X):
    with quiet():
        chosen = select(X, range(1, 5), ["VVV", "EII"], "instability", random_state=0, n_runs=2)
    assert chosen.complete
    assert not any(model.sound for model in chosen.models if model.mixture is None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_components": [2, 4, 6]}, "successive"),
        ({"n_components": 3}, "successive"),
        ({"n_components": [1, 2]}, "successive"),
        ({"n_runs": 1}, "n_runs is 1"),
        ({"n_runs": 2.5}, "n_runs"),
    ],
)
def test_what_cannot_be_used(options, message):
    with pytest.raises((InputError, InputTypeError), match=message):
        select(FAITHFUL, **{"n_components": [1, 2, 3], "criterion": "instability", **options})


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_the_picture(faithful, style):
    with plt.style.context(style):
        ax = plots.stability(faithful, "EII")
        ax.figure.canvas.draw()
    found = faithful.stability("EII")
    line = ax.lines[0]
    assert line.get_xdata().tolist() == [2, 3, 4]
    assert line.get_ydata() == pytest.approx(found.mean)
    assert ax.lines[-1].get_xdata().tolist() == [found.best]
    one = select(FAITHFUL, range(1, 5), "EII", "instability", random_state=0, n_runs=2)
    assert one.plot().axes[0].get_ylabel().startswith("stability")
    assert faithful.plot().axes[-1].get_ylabel() == "instability above the best"


def test_what_has_no_stability(faithful):
    with pytest.raises(InputTypeError, match="selection is of type int"):
        plots.stability(5)
    with pytest.raises(InputError, match="no stability"):
        select(FAITHFUL, [1, 2], "EII", random_state=0).stability()
    with pytest.raises(InputError, match="no stability"):
        faithful.stability("VVV")
