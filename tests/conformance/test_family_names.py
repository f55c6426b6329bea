"""Each family that has a name has a meaning on pages and in the terminal."""

from __future__ import annotations

import pytest

from gaussmix import Decomposed, Full, Tied
from gaussmix.cli.option_values import family_name
from gaussmix.covariances import families_of, family_named, mclust_name, standard_families
from gaussmix.errors import InputError
from gaussmix.estimators.options import family_of
from gaussmix.report.words import FAMILIES, described


@pytest.mark.parametrize("family", standard_families, ids=lambda family: family.name)
def test_a_named_family_is_described(family):
    assert described(family.name) == f"covariances {family.name}: {FAMILIES[family.name]}"


def test_no_other_name_is_described():
    assert set(FAMILIES) == {family.name for family in standard_families}
    assert described("one-shape") == "covariances one-shape"


MODELS = ["EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"]


def test_the_families_are_the_models_of_mclust():
    assert {family.mclust_name for family in standard_families} == set(MODELS)
    assert len({family.name for family in standard_families}) == len(set(standard_families)) == 14


@pytest.mark.parametrize("model", MODELS)
def test_a_family_has_two_names(model):
    family = family_named(model)
    assert family is not None
    assert family.mclust_name == model
    for name in (model.lower(), model.capitalize(), family.name):
        assert family_named(name) == family
    assert family_named(family.name.upper()) is None


def test_models_of_one_column():
    assert families_of(1) == (family_named("E"), family_named("v")) == (Tied(Full()), Full())
    assert families_of(2) == standard_families
    for family in standard_families:
        assert mclust_name(family, 1) == ("E" if family.n_parameters(3, 1) == 1 else "V")
        assert mclust_name(family, 2) == family.mclust_name
    with pytest.raises(InputError, match=r"'V', a model of mclust for one column, but there are 2"):
        family_of("V", 2)


@pytest.mark.parametrize("model", ["VVV", "vei", "XXX", "", "VE"])
def test_other_models_are_refused(model):
    with pytest.raises(InputError, match=f"model is {model!r}: give one of VEI, EVI, VEE"):
        Decomposed(model)


@pytest.mark.parametrize(
    ("text", "name"), [("vei", "tied-shape-diag"), (" VVV", "full"), ("Tied", "tied"), ("v", "V"), ("E", "E")]
)
def test_the_command_line_takes_the_same_names(text, name):
    # The letters of one column stay as they are, so that a table of several refuses them.
    assert family_name(text) == name
