"""``gaussmix convert``: a saved model in the form of another program, by the suffix."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix import exchange
from gaussmix.data.tables import read_table

from .conftest import Call


def test_json_and_back(call: Call, model: Path, tmp_path: Path) -> None:
    done = call("convert", model, "model.json")
    assert (done.code, done.out) == (0, "Model written to model.json\n")
    mixture = gaussmix.load(model).mixture_
    assert exchange.from_json((tmp_path / "model.json").read_text("utf-8")) == mixture
    assert call("convert", "model.json", "again.safetensors", "--quiet").out == ""
    assert gaussmix.load(tmp_path / "again.safetensors") == mixture


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_tables_of_components(call: Call, model: Path, tmp_path: Path, suffix: str) -> None:
    assert call("convert", model, f"components.{suffix}").code == 0
    table = read_table(tmp_path / f"components.{suffix}")
    mixture = gaussmix.load(model).mixture_
    assert list(table.names[:2]) == ["component", "weight"]
    np.testing.assert_array_equal(table.X[:, 1], mixture.weights)


def test_gates(call: Call, model: Path, tmp_path: Path) -> None:
    assert call("convert", model, "gates.xml", "--level", "0.5").code == 0
    assert (tmp_path / "gates.xml").read_text("utf-8") == exchange.to_gatingml(
        gaussmix.load(model), level=0.5
    )


def test_onnx(call: Call, model: Path, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    assert call("convert", model, "model.onnx").code == 0
    assert onnx.load(tmp_path / "model.onnx").producer_name == "gaussmix"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["m.txt"], "a form is one of .json, .onnx, .xml"),
        (["gates.csv", "--level", "0.5"], "leave it out"),
        (["gates.xml", "--level", "2"], "level is 2.0"),
        (["MODEL"], "is a file that this command reads"),
        (["no/such/folder.json"], "folder"),
    ],
)
def test_faults(call: Call, model: Path, words: list[str], message: str) -> None:
    done = call("convert", model, *(model if word == "MODEL" else word for word in words))
    assert done.code != 0
    assert re.search(message, done.error)


def test_a_classifier_has_no_mixture(call: Call, classifier: Path) -> None:
    assert "not a mixture: give the file of a mixture" in call("convert", classifier, "model.json").error


def test_damaged_json(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    assert "not JSON" in call("convert", "bad.json", "m.safetensors").error
