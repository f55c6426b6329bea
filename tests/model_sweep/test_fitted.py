"""Models with their criteria, and how sure a choice among them is."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Full, Spherical, Tied
from gaussmix.covariances import families_of, family_named, standard_families
from gaussmix.model_sweep import Confidence, FittedModel, best_of
from gaussmix.model_sweep.names import in_order, model_name


def model(K, bic, family=None, status="fitted", D=2):
    return FittedModel(K, family or Full(), D, status, bic=bic, aic=bic, icl=bic)


def test_the_lowest_sound_value_is_best():
    models = [model(2, 10.0), model(3, 5.0, status="degenerate"), model(4, 7.0), model(5, np.nan)]
    assert best_of(models, "bic").n_components == 4
    assert best_of(models[1:2], "bic") is None
    assert best_of([], "bic") is None


def test_of_equal_values_the_model_of_fewest_parameters_is_best():
    models = [model(1, 5.0, Full()), model(1, 5.0, Spherical()), model(1, 5.0, Tied(Full()))]
    assert best_of(models, "bic").family == Spherical()


def test_a_criterion_that_is_not_there():
    assert np.isnan(model(2, 1.0).value("cv"))
    assert model(2, 1.0).scored(cv=3.0).value("cv") == 3.0


@pytest.mark.parametrize("family", standard_families)
def test_names_lead_back_to_families(family):
    assert family_named(model_name(family, 2)) == family
    assert model_name(family, 1) in ("E", "V")


def test_the_order_is_that_of_mclust():
    names = ["EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"]
    assert [model_name(family, 4) for family in in_order(families_of(4), 4)] == names
    assert [model_name(family, 1) for family in in_order(families_of(1), 1)] == ["E", "V"]


def test_the_weights_of_numbers_of_components():
    confidence = Confidence(
        [model(2, 10.0), model(3, 12.0), model(3, 14.0, Tied(Full())), model(4, 40.0)], "bic"
    )
    weights = np.exp([0.0, -1.0, -2.0, -15.0])
    found = confidence.probabilities
    np.testing.assert_allclose(
        list(found.values()), [weights[0], weights[1] + weights[2], weights[3]] / weights.sum()
    )
    assert list(found) == [2, 3, 4]
    assert confidence.n_components == (2, 3)
    assert [m.name for m in confidence.within(2.0)] == ["VVV,3"]
    assert [m.name for m in confidence.within(6.0)] == ["VVV,3", "EEE,3"]
    assert "positive" not in confidence.words
    assert "is weak" in confidence.words


@pytest.mark.parametrize(
    ("gap", "words"), [(1.0, "weak"), (4.0, "positive"), (8.0, "strong"), (30.0, "very strong")]
)
def test_the_grades_of_evidence(gap, words):
    assert f"is {words}" in Confidence([model(2, 1.0), model(3, 1.0 + gap)], "bic").words.replace(
        "not worth more than ", ""
    )


def test_the_same_model_of_one_component_counts_once():
    models = [model(1, 10.0, Full()), model(1, 10.0, Tied(Full())), model(2, 10.0)]
    assert Confidence(models, "bic").probabilities == {1: 0.5, 2: 0.5}


def test_no_sound_model():
    confidence = Confidence([model(2, 1.0, status="degenerate")], "bic")
    assert confidence.n_components == ()
    assert confidence.probabilities == {}
    assert "no model" in confidence.words


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({1: 9.0, 2: 5.0, 3: 1.0}, True),
        ({1: 9.0, 2: 1.0, 3: 5.0}, False),
        ({1: 1.0, 2: 5.0}, False),
        ({4: 1.0}, False),
        ({2: 3.0, 9: 1.0}, True),
        ({2: 1.0, 9: 1.0001}, False),
    ],
)
def test_a_choice_at_the_end_of_the_range_is_said(values, said):
    words = Confidence([model(K, value) for K, value in values.items()], "bic").words
    assert ("is the largest number compared" in words) is said
