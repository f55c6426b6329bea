"""Each family that has a name has a meaning on pages and in the terminal."""

from __future__ import annotations

import pytest

from gaussmix.covariances import standard_families
from gaussmix.report.words import FAMILIES, described


@pytest.mark.parametrize("family", standard_families, ids=lambda family: family.name)
def test_a_named_family_is_described(family):
    assert described(family.name) == f"covariances {family.name}: {FAMILIES[family.name]}"


def test_no_other_name_is_described():
    assert set(FAMILIES) == {family.name for family in standard_families}
    assert described("one-shape") == "covariances one-shape"
