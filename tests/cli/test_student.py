"""gaussmix fit --student: t distributions on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import gaussmix
from gaussmix import StudentMixture

from .conftest import Call


def test_student_fits_t_distributions(call: Call, tmp_path: Path) -> None:
    X = gaussmix.datasets.load_faithful().data.copy()
    X[:2] = -9999.0
    table = tmp_path / "rows.csv"
    np.savetxt(table, X, delimiter=",", header="eruptions,waiting", comments="")
    done = call("fit", table, "-k", "2", "--student", "--out", str(tmp_path / "t.safetensors"))
    assert done.code == 0
    assert "t distributions" in done.out
    assert "--student" in done.out.split("try another K:")[1]
    model = gaussmix.load(tmp_path / "t.safetensors")
    assert type(model) is StudentMixture
    assert (model.means_ > 1.0).all()
    predicted = call("predict", tmp_path / "t.safetensors", table)
    assert predicted.code == 0
