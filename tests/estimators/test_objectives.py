"""The objective of every kind of fit: its value after a stop, its name, and that it never falls."""

from __future__ import annotations

import numpy as np
import pytest

import gaussmix
from gaussmix import BayesianGaussianMixture, GaussianMixture, StudentMixture, plots
from gaussmix.report import write_report

from ..support import quiet

rng = np.random.default_rng(0)
X = rng.standard_normal((300, 2)) + rng.integers(0, 2, 300)[:, None] * [3.0, 1.0]
HOLES = np.where(np.arange(600).reshape(300, 2) % 7 == 0, np.nan, X)

KINDS = [
    (GaussianMixture, {}, "log-likelihood"),
    (GaussianMixture, {"prior": "mclust"}, "log-posterior"),
    (GaussianMixture, {"prior": "mclust", "noise_component": True}, "log-posterior"),
    (GaussianMixture, {"trim": 0.1}, "trimmed log-likelihood"),
    (GaussianMixture, {"bounds": (-4.0, 7.0)}, "log-likelihood"),
    (GaussianMixture, {"censored": (-1.0, 4.0)}, "log-likelihood"),
    (GaussianMixture, {"fix": {"weights": "equal"}, "max_eigenvalue_ratio": 3.0}, "log-likelihood"),
    (StudentMixture, {}, "log-likelihood"),
    (StudentMixture, {"trim": 0.1, "prior": "mclust"}, "trimmed log-posterior"),
]


@pytest.mark.parametrize(("kind", "options", "name"), KINDS, ids=str)
@pytest.mark.parametrize("rows", [X, HOLES], ids=["complete", "incomplete"])
def test_a_search_that_is_stopped_has_the_objective_of_its_mixture(kind, options, name, rows):
    with quiet():
        model = kind(3, random_state=0, callbacks=lambda step: True, **options).fit(rows)
        assert (model.n_iter_, model.trace_.objective) == (0, name)
        on = kind(3, search="off", max_iter=1, warm_start=True, **options)
        on.mixture_, on.n_features_in_ = model.mixture_, 2
        on.fit(rows)
    assert model.lower_bound_ == pytest.approx(on.lower_bounds_[0], abs=1e-9)


@pytest.mark.parametrize("rows", [X, HOLES], ids=["complete", "incomplete"])
def test_a_variational_search_that_is_stopped_has_the_bound_of_its_posterior(rows):
    with quiet():
        model = BayesianGaussianMixture(3, random_state=0, callbacks=lambda step: True).fit(rows)
        on = BayesianGaussianMixture(3, search="off", max_iter=1, init_params=model.mixture_).fit(rows)
    assert model.trace_.objective == "lower bound"
    assert np.isfinite(model.lower_bound_)
    assert model.lower_bound_ < on.lower_bounds_[-1] + 5.0


@pytest.mark.parametrize(
    ("kind", "options", "name"), [*KINDS, (BayesianGaussianMixture, {}, "lower bound")], ids=str
)
def test_lines_figures_reports_and_files_name_it(kind, options, name, capsys, tmp_path):
    with quiet():
        model = kind(2, random_state=0, verbose=2, verbose_interval=1, **options).fit(X)
    told = capsys.readouterr().out
    assert f"  {name} " in told
    assert f": {name} " in told.splitlines()[-1]
    assert (np.diff(model.lower_bounds_) > -1e-7).all()  # rounding of the probability of a region
    assert plots.trace(model).get_ylabel() == f"mean {name} (nats per row)"
    assert plots.trace([model, model]).get_ylabel() == f"mean {name} (nats per row)"
    model.save(tmp_path / "model.safetensors")
    assert gaussmix.load(tmp_path / "model.safetensors").trace_.objective == name


def test_fits_of_several_kinds_have_an_objective_each():
    with quiet():
        both = {"prior": GaussianMixture(2, prior="mclust").fit(X), "none": GaussianMixture(2).fit(X)}
    assert plots.trace(both).get_ylabel() == "mean objective (nats per row)"


def test_a_report_names_the_objective(tmp_path):
    with quiet():
        model = GaussianMixture(2, prior="mclust", search="off", n_init=3, random_state=0).fit(X)
    write_report(model, X, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "log-posterior per row" in text
    assert "The mean log-posterior at each iteration of EM" in text
    assert "maximum a posteriori (MAP) with the default prior of mclust" in text
