"""One default fit of small real tables is at least as likely as what mclust reports (numbers: tests/oracles/tables)."""

from __future__ import annotations

import pytest
from benchmarks.search.mclust_tables import cases, fitted

SMALL = ("faithful", "iris", "acidity", "galaxies")
CASES = [case for case in cases() if case["table"] in SMALL and case["K"] <= 4]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['table']}-{case['model']}-{case['K']}")
def test_no_worse_than_mclust(case):
    found = fitted(case)
    assert found["reached"], f"{found['ours']} where mclust has {found['theirs']}"
