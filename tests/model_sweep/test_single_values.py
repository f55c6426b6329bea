"""Components of single values are named: their density has no bound but the variance floor."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, Mixture, select
from gaussmix.engines import SerialEngine
from gaussmix.errors import DataWarning
from gaussmix.model_sweep.candidate import Rows
from gaussmix.model_sweep.fitted import FittedModel
from gaussmix.model_sweep.single_values import components_of_single_values, single_values_in_words
from gaussmix.sources import ArraySource

VVI = Diagonal()


@pytest.mark.parametrize(("deviation", "found"), [(0.14, {0: [1]}), (0.15, {})])
def test_the_distance_between_values_sets_the_scale(deviation, found):
    X = np.array([0.0, 0.5, 0.5, 2.0, np.nan])[:, None]
    mixture = Mixture([0.5, 0.5], [[1.0], [0.5]], [1.0, deviation**2])
    assert components_of_single_values(mixture, X) == found


def test_continuous_and_constant_columns_have_none():
    X = np.column_stack([np.random.default_rng(0).normal(size=50), np.ones(50)])
    mixture = Mixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2), 1e-3 * np.eye(2)])
    assert components_of_single_values(mixture, X) == {}


def test_a_selection_names_the_column():
    rng = np.random.default_rng(2)
    children = rng.choice([0.0, 1.0, 2.0], size=300, p=[0.6, 0.25, 0.15])
    X = np.column_stack([rng.normal(size=300), children])
    with pytest.warns(DataWarning, match="describe single values of column 1"):
        chosen = select(X, [1, 2, 3], ["VVI"], reg_covar=1e-6, random_state=0)
    assert chosen.best.n_components > 1
    assert "single values of column 1" in chosen.summary()


def test_columns_are_listed_in_one_sentence():
    flat = [np.diag([1.0, 1e-9]), np.diag([1e-9, 1.0])]
    model = FittedModel(2, VVI, 2, "fitted", mixture=Mixture([0.4, 0.6], [[1, 0], [2, 0]], flat))
    rows = Rows(ArraySource(np.array([[1.0, 0.0], [2.0, 3.0]])), SerialEngine())
    (sentence,) = single_values_in_words(model, rows, ["sons", "daughters"])
    assert sentence.startswith(
        "All 2 components of VVI,2 describe single values of columns 'sons', 'daughters' ("
    )
    assert single_values_in_words(FittedModel(2, VVI, 2, "singular"), rows, None) == []


def test_measured_values_are_left_in_peace(recwarn):
    rng = np.random.default_rng(3)
    X = np.round(np.concatenate([rng.normal(0.0, 1.0, (80, 2)), rng.normal(6.0, 1.0, (80, 2))]), 1)
    select(X, [1, 2, 3], ["VVI", "EEE"], random_state=0)
    assert not [str(warning.message) for warning in recwarn if "single values" in str(warning.message)]
