"""Fits on the page are the library's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets, load

OPTIONS: list[dict[str, Any]] = [
    {"n_components": 3},
    {"n_components": 3, "search": "off"},
    {"n_components": 4, "covariance_type": "diag", "search": "off", "n_init": 3},
    {"n_components": 2, "covariance_type": "VEV", "random_state": 7},
    {"n_components": 3, "covariance_type": "tied", "search": "off", "acceleration": "off", "tol": 1e-4},
    {"n_components": 5, "init_params": "random_from_data", "search": "off", "max_iter": 12},
    {"n_components": 2, "noise_component": True, "search": "off"},
    {"n_components": 1},
]


@pytest.fixture
def vowels() -> Any:
    return datasets.load_vowels().data[:, 1:3]


def model_of(page: Any, tmp_path: Any) -> GaussianMixture:
    (tmp_path / "m.safetensors").write_bytes(page.get("export/model.safetensors").content)
    return load(tmp_path / "m.safetensors")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_run_gives_the_parameters_of_the_library(page, vowels, tmp_path, options):
    page.take("vowels", "F1", "F2")
    fit = page.fitted(**options)
    assert fit["state"] == "done", fit["words"]
    with np.errstate(all="ignore"):
        own = GaussianMixture(**{"random_state": 0, **options}).fit(vowels)
    found = model_of(page, tmp_path)
    assert found.mixture_.named(None) == own.mixture_
    assert fit["converged"] == own.converged_
    assert fit["n_iter"] == own.n_iter_
    assert fit["bic"] == pytest.approx(own.bic(vowels), rel=1e-12)
