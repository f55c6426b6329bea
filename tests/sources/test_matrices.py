"""Rows that lie as one array: .npy files, memory maps, FCS files, AnnData."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.sources import ArraySource, open_source
from gaussmix.testing import check_source

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40_000, 4))
X[:20_000] += 4.0
WEIGHTS = RNG.uniform(0, 2, len(X))


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4", ">f8", "i2", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(tmp_path: Path, dtype: str, order: str) -> None:
    rows = np.asarray((X * 10).astype(dtype), order=order)
    np.save(tmp_path / "rows.npy", rows)
    source = open_source(tmp_path / "rows.npy")
    assert source.names == ("x0", "x1", "x2", "x3")
    assert source.parts()[0].read().X.dtype == (np.float32 if dtype[1:] == "f4" else np.float64)
    check_source(source, rows.astype(float))


def test_npy_is_mapped_and_not_copied(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", X)
    block = open_source(tmp_path / "rows.npy").parts()[1].read()
    assert not block.X.flags.writeable
    assert not block.X.flags.owndata
    assert len(pickle.dumps(open_source(tmp_path / "rows.npy").parts())) < 10_000


def test_one_column(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", X[:, 0])
    check_source(open_source(tmp_path / "rows.npy"), X[:, :1])


@pytest.mark.parametrize("columns", [[0, 1, 2], [1, 3], [3, 1], [2], ["x3", "x0", "x1"]])
def test_columns_of_npy(tmp_path: Path, columns: list) -> None:
    np.save(tmp_path / "rows.npy", X)
    positions = [int(str(column).removeprefix("x")) for column in columns]
    check_source(open_source(tmp_path / "rows.npy", columns=columns), X[:, positions])


def test_roles_of_npy(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.column_stack([X, WEIGHTS]))
    source = open_source(tmp_path / "rows.npy", columns=[0, 1, 2, 3], weights=4)
    check_source(source, X, WEIGHTS)


@pytest.mark.parametrize("memory", ["1GB", "1MB"])
def test_the_fit_of_npy_is_that_of_the_array(tmp_path: Path, memory: str) -> None:
    np.save(tmp_path / "rows.npy", X)
    options = {"random_state": 0, "search": "off", "max_iter": 5, "tol": 0}
    found = GaussianMixture(2, **options).fit(open_source(tmp_path / "rows.npy", memory=memory)).mixture_
    expected = GaussianMixture(2, **options).fit(X).mixture_
    assert np.allclose(found.means, expected.means, rtol=1e-10)
    if memory == "1GB":
        assert found == expected.named(("x0", "x1", "x2", "x3"))


def test_a_path_is_fitted(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", X)
    for path in (tmp_path / "rows.npy", str(tmp_path / "rows.npy")):
        model = GaussianMixture(2, random_state=0, search="off").fit(path)
        assert model.feature_names_in_.tolist() == ["x0", "x1", "x2", "x3"]
        assert len(model.predict(path)) == len(X)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3, 4)), r"has the shape \(2, 3, 4\)"),
        (np.zeros((0, 3)), r"has the shape \(0, 3\)"),
        (np.array([["a"]]), "not real numbers"),
        (np.array([[1j]]), "not real numbers"),
        (np.array([[{}]], dtype=object), "it holds Python objects"),
    ],
)
def test_other_arrays(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "rows.npy", array)
    with pytest.raises(ValueError, match=message):
        open_source(tmp_path / "rows.npy")


def test_what_is_no_npy(tmp_path: Path) -> None:
    (tmp_path / "rows.npy").write_bytes(b"hello")
    with pytest.raises(ValueError, match=r"rows.npy cannot be read as an array of NumPy"):
        open_source(tmp_path / "rows.npy")
    np.save(tmp_path / "cut.npy", X)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"cut.npy cannot be read"):
        open_source(tmp_path / "cut.npy")


def test_a_bad_row_of_npy(tmp_path: Path) -> None:
    rows = X.copy()
    rows[31_234, 2] = np.inf
    np.save(tmp_path / "rows.npy", rows)
    with pytest.raises(ValueError, match=r"rows.npy, row 31234, column 'x2': the value is inf"):
        GaussianMixture(2).fit(tmp_path / "rows.npy")


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_arrays_and_memory_maps(tmp_path: Path, dtype: type) -> None:
    rows = (X * 10).astype(dtype)
    np.save(tmp_path / "rows.npy", rows)
    for array in (rows, np.load(tmp_path / "rows.npy", mmap_mode="r"), np.asfortranarray(rows)):
        check_source(open_source(array), rows.astype(float))
        check_source(open_source(array, columns=[3, 0]), rows[:, [3, 0]].astype(float))


def fcs(path: Path, rows: np.ndarray, **metadata: str) -> Path:
    """An FCS file of events."""
    flowio = pytest.importorskip("flowio")
    names = ["FSC-A", "SSC-A", "CD3", "Time"]
    with path.open("wb") as file:
        flowio.create_fcs(file, rows.astype(np.float32).ravel().tolist(), names, metadata_dict=metadata)
    return path


def test_fcs(tmp_path: Path) -> None:
    rows = X[:5000].astype(np.float32)
    source = open_source(fcs(tmp_path / "events.fcs", rows))
    assert source.names == ("FSC-A", "SSC-A", "CD3", "Time")
    check_source(source, rows)
    check_source(open_source(tmp_path / "events.fcs", columns=["CD3", "FSC-A"]), rows[:, [2, 0]])
    assert len(pickle.dumps(source.parts())) < 5_000


@pytest.mark.parametrize(
    "metadata", [{"TIMESTEP": "0.01"}, {"P1G": "4.0"}, {"P2G": "2.0", "TIMESTEP": "0.5"}]
)
def test_fcs_has_the_gains_and_the_time_step_of_flowio(tmp_path: Path, metadata: dict) -> None:
    path = fcs(tmp_path / "events.fcs", X[:2000], **metadata)
    expected = pytest.importorskip("flowio").FlowData(str(path)).as_array()
    found = np.concatenate([part.read().X for part in open_source(path).parts()])
    assert np.allclose(found, expected, rtol=1e-6)


def test_what_is_no_fcs(tmp_path: Path) -> None:
    pytest.importorskip("flowio")
    (tmp_path / "events.fcs").write_bytes(b"hello" * 100)
    with pytest.raises(ValueError, match=r"events.fcs cannot be read as an FCS file"):
        open_source(tmp_path / "events.fcs")
    path = fcs(tmp_path / "cut.fcs", X[:2000])
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(ValueError, match=r"cut.fcs cannot be read as an FCS file"):
        open_source(path)


@pytest.fixture
def cells() -> object:
    """An AnnData with two tables."""
    anndata, pandas = pytest.importorskip("anndata"), pytest.importorskip("pandas")
    obs = pandas.DataFrame(
        {"w": WEIGHTS, "l": np.where(WEIGHTS > 1.9, 1, -1), "kind": "a"}, index=np.arange(len(X)).astype(str)
    )
    return anndata.AnnData(
        np.zeros((len(X), 1), np.float32), obs=obs, obsm={"X_pca": X.astype(np.float32), "spatial": X[:, :2]}
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stored", [False, True])
def test_obsm(tmp_path: Path, cells: object, stored: bool) -> None:
    x = cells
    if stored:
        x = tmp_path / "cells.h5ad"
        cells.write_h5ad(x)
    source = open_source(x, columns="X_pca", weights="w", labels="l")
    assert source.names == ("X_pca0", "X_pca1", "X_pca2", "X_pca3")
    check_source(source, X.astype(np.float32), WEIGHTS)
    check_source(open_source(x, columns=["spatial"]), X[:, :2])
    for options, message in (
        ({}, "X_pca, spatial in obsm: name one of them with columns="),
        ({"columns": "umap"}, "name one of them"),
        ({"columns": "spatial", "weights": "z"}, "obs has no column 'z'"),
        ({"columns": "spatial", "weights": "kind"}, "column 'kind' of obs holds no numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            open_source(x, **options)


def test_a_source_is_open_already() -> None:
    source = ArraySource(X)
    assert open_source(source) is source
    with pytest.raises(ValueError, match="the source is open already"):
        open_source(source, columns=[0])


@pytest.mark.parametrize("x", [3.5, None, {"a": [1.0]}, object(), [[1.0, 2.0]]])
def test_what_is_no_source(x: object) -> None:
    with pytest.raises(TypeError, match="cannot be read as a source: give one of"):
        open_source(x)
