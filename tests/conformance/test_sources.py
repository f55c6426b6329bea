"""Every kind of source against the array of its rows: the same blocks at each call and after pickling, the same fit."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.engines import SerialEngine, ThreadEngine, all_rows
from gaussmix.files import FileAccessError
from gaussmix.sources import ArraySource, Query, open_source
from gaussmix.testing import check_source

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

N, D = 3000, 3
NAMES = ("a", "b", "c")
RNG = np.random.default_rng(0)


def rows(n: int = N, dtype: Any = np.float64) -> np.ndarray:
    """Rows of two clusters."""
    X = np.random.default_rng(1).standard_normal((n, D))
    X[n // 3 :] += [6.0, 3.0, 0.0]
    return X.astype(dtype)


def others(n: int) -> dict[str, np.ndarray]:
    """Columns with a role: weights, standard errors, labels."""
    rng = np.random.default_rng(2)
    errors = {f"e{j}": rng.uniform(0.0, 0.5, n) for j in range(D)}
    labels = np.where(rng.random(n) < 0.1, (np.arange(n) >= n // 3).astype(float), -1.0)
    return {"w": rng.uniform(0.0, 2.0, n), **errors, "l": labels}


def table(X: np.ndarray, **more: np.ndarray) -> pa.Table:
    """An Arrow table of rows and other columns."""
    return pa.table({**{name: X[:, j] for j, name in enumerate(NAMES)}, **more})


def parquet(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """One file of several groups of rows."""
    pq.write_table(table(X, **more), folder / "rows.parquet", row_group_size=max(1, len(X) // 4))
    return folder / "rows.parquet"


def parquet_folder(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """A folder of files of different sizes, with one of no row."""
    whole, place = table(X, **more), folder / "files"
    place.mkdir()
    cuts = [0, len(X) // 7, len(X) // 7, len(X) // 2, len(X)]
    for i, (start, stop) in enumerate(pairwise(cuts)):
        pq.write_table(whole.slice(start, stop - start), place / f"part-{i}.parquet")
    return place


def hive(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """Folders by year, whose names are a column, too."""
    whole, place, half = table(X, **more), folder / "by_year", len(X) // 2
    for year, part in ((2023, whole.slice(0, half)), (2024, whole.slice(half))):
        (place / f"year={year}").mkdir(parents=True)
        pq.write_table(part, place / f"year={year}" / "rows.parquet")
    return place


def columns(X: np.ndarray, more: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All columns by name."""
    return {**{name: X[:, j] for j, name in enumerate(NAMES)}, **more}


def arrow_file(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """A file of Arrow in several batches."""
    whole = table(X, **more)
    with pa.ipc.new_file(str(folder / "rows.arrow"), whole.schema) as writer:
        writer.write_table(whole, max_chunksize=max(1, len(X) // 3))
    return folder / "rows.arrow"


def feather(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """A compressed Feather file."""
    from pyarrow import feather

    feather.write_feather(table(X, **more), folder / "rows.feather", chunksize=max(1, len(X) // 2))
    return folder / "rows.feather"


def stream(folder: Path, X: np.ndarray, **more: np.ndarray) -> Any:
    """A reader of record batches, which is read once."""
    return table(X, **more).to_reader(max(1, len(X) // 5))


def frame_of(library: str) -> Callable[..., Any]:
    """A data frame of a library."""

    def make(folder: Path, X: np.ndarray, **more: np.ndarray) -> Any:
        return pytest.importorskip(library).DataFrame(columns(X, more))

    return make


def arrow_table(folder: Path, X: np.ndarray, **more: np.ndarray) -> Any:
    """A table of Arrow in memory."""
    return table(X, **more)


def relation(folder: Path, X: np.ndarray, **more: np.ndarray) -> Any:
    """A relation of DuckDB."""
    return pytest.importorskip("duckdb").connect().from_arrow(table(X, **more))


def duckdb_query(folder: Path, X: np.ndarray, **more: np.ndarray) -> Query:
    """A query of a file of DuckDB."""
    duckdb, whole = pytest.importorskip("duckdb"), table(X, **more)
    with duckdb.connect(str(folder / "rows.duckdb")) as connection:
        connection.register("whole", whole)
        connection.execute("create table rows as select * from whole")
    return Query("select * from rows order by rowid", f"duckdb:///{folder / 'rows.duckdb'}")


def sqlite_query(folder: Path, X: np.ndarray, **more: np.ndarray) -> Query:
    """A query of a file of SQLite by ADBC."""
    dbapi = pytest.importorskip("adbc_driver_sqlite.dbapi")
    path = str(folder / "rows.db")
    with dbapi.connect(path) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("rows", table(X.astype(float), **more), mode="create")
        connection.commit()
    return Query("select * from rows order by rowid", f"sqlite:///{path}")


def csv_file(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """A text with commas, in which a missing value is empty."""
    frame = pytest.importorskip("pandas").DataFrame(columns(X.astype(float), more))
    frame.to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"


def tsv_with_decimal_commas(folder: Path, X: np.ndarray, **more: np.ndarray) -> Path:
    """A compressed text with tabs and decimal commas."""
    frame = pytest.importorskip("pandas").DataFrame(columns(X.astype(float), more))
    frame.to_csv(folder / "rows.tsv.gz", index=False, sep="\t", decimal=",")
    return folder / "rows.tsv.gz"


KINDS: dict[str, Callable[..., Any]] = {
    "Parquet": parquet,
    "folder of Parquet": parquet_folder,
    "Hive partitions": hive,
    "Arrow file": arrow_file,
    "Feather": feather,
    "stream": stream,
    "pandas": frame_of("pandas"),
    "polars": frame_of("polars"),
    "pyarrow": arrow_table,
    "DuckDB relation": relation,
    "DuckDB query": duckdb_query,
    "SQLite query": sqlite_query,
    "CSV": csv_file,
    "TSV": tsv_with_decimal_commas,
}
DOUBLE = {"SQLite query", "CSV", "TSV"}
"""Kinds that know float64 only."""
ROLES = {"weights": "w", "errors": ["e0", "e1", "e2"], "labels": "l"}


FEW = ("Parquet", "folder of Parquet", "stream", "pandas", "CSV")
"""Kinds that differ in what finds bad rows, and in how parts are made."""


@pytest.fixture(params=KINDS)
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    """Writes rows in one of the kinds, and returns what is opened."""
    number = count()

    def written(X: np.ndarray, **more: np.ndarray) -> Any:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        return KINDS[request.param](folder, X, **more)

    written.kind = request.param  # type: ignore[attr-defined]
    return written


def opened(x: Any, **options: Any) -> Any:
    """The source of the three columns."""
    return open_source(x, columns=NAMES, **options)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 7, 3000, 70_001])
def test_rows(write: Callable[..., Any], n: int, dtype: Any) -> None:
    X = rows(n, dtype)
    source = opened(write(X))
    assert source.names == NAMES
    assert source.parts()[0].read().X.dtype == (np.float64 if write.kind in DOUBLE else dtype)
    check_source(source, X)


def test_weights(write: Callable[..., Any]) -> None:
    X, more = rows(), others(N)
    check_source(opened(write(X, **more), weights="w"), X, more["w"])


def test_missing_values(write: Callable[..., Any]) -> None:
    X = rows()
    X[RNG.random(X.shape) < 0.1] = np.nan
    source = opened(write(X))
    assert not source.plain
    check_source(source, X)


def test_errors_and_labels(write: Callable[..., Any]) -> None:
    X, more = rows(), others(N)
    source = opened(write(X, **more), **ROLES).labelled(2, 2)
    block = all_rows(source, SerialEngine())
    assert np.array_equal(block.noise, np.column_stack([more[f"e{j}"] ** 2 for j in range(D)]))
    expected = np.where(more["l"][:, None] < 0, True, more["l"][:, None] == [0, 1])
    assert np.array_equal(block.allowed, expected)
    assert not source.plain
    check_source(source, X, more["w"])


def test_a_choice_of_columns_in_another_order(write: Callable[..., Any]) -> None:
    X = rows()
    source = open_source(write(X), columns=["c", "a"])
    assert source.names == ("c", "a")
    check_source(source, np.ascontiguousarray(X[:, [2, 0]]))


def test_columns_by_position(write: Callable[..., Any]) -> None:
    X = rows()
    check_source(open_source(write(X, **others(N)), columns=[1, 2], weights=3), X[:, 1:], others(N)["w"])


def test_the_fit_is_that_of_the_array(write: Callable[..., Any]) -> None:
    X, more = rows(), others(N)
    source = opened(write(X, **more), weights="w")
    model = GaussianMixture(2, random_state=0)
    from_source = model.fit(source).mixture_
    assert from_source == model.fit(X, sample_weight=more["w"]).mixture_.named(NAMES)


def test_the_fit_of_rows_past_memory_is_that_of_the_array(write: Callable[..., Any]) -> None:
    n = 70_000
    X = rows(n)
    source = opened(write(X), memory="2MB")
    sizes = [part.read().n_rows for part in source.parts()]
    model = GaussianMixture(2, random_state=0, search="off")
    found = model.fit(source)
    assert [len(found.predict(source)), found.n_features_in_] == [n, D]
    expected = model.__class__(**model.get_params()).fit(X)
    assert np.allclose(found.means_, expected.means_, rtol=1e-10, atol=1e-10)
    assert np.allclose(found.covariances_, expected.covariances_, rtol=1e-10, atol=1e-10)
    assert len(set(sizes)) >= 1


@pytest.mark.parametrize("write", FEW, indirect=True)
@pytest.mark.parametrize("known", [("weights",), ("errors",), ("labels",), ("weights", "errors", "labels")])
def test_the_fit_with_roles_is_that_of_the_arrays(write: Callable[..., Any], known: tuple[str, ...]) -> None:
    X, more = rows(900), others(900)
    model = GaussianMixture(2, random_state=0, search="off", max_iter=50, tol=1e-3)
    from_source = model.fit(opened(write(X, **more), **{name: ROLES[name] for name in known})).mixture_
    arrays = {
        "weights": ("sample_weight", more["w"]),
        "errors": ("noise", np.column_stack([more[f"e{j}"] ** 2 for j in range(D)])),
        "labels": ("labels", more["l"].astype(int)),
    }
    assert from_source == model.fit(X, **dict(arrays[name] for name in known)).mixture_.named(NAMES)


METHODS = ["predict", "predict_proba", "score_samples", "outlier_score", "score", "bic", "aic", "icl"]


def test_predictions_are_those_of_the_array(write: Callable[..., Any]) -> None:
    X = rows()
    model, source = GaussianMixture(2, random_state=0).fit(table(X)), opened(write(X))
    for method in METHODS:
        found = getattr(model, method)(source)
        assert np.allclose(found, getattr(model, method)(table(X)), rtol=1e-12, atol=1e-12), method


def test_gaps_and_errors_of_a_source(write: Callable[..., Any]) -> None:
    X, more = rows(), others(N)
    X[RNG.random(X.shape) < 0.1] = np.nan
    model = GaussianMixture(2, random_state=0, max_iter=20, tol=1e-3).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.allclose(model.impute(opened(write(X))), model.impute(X), rtol=1e-12)
        source = opened(write(X, **more), errors=ROLES["errors"])
        noise = np.column_stack([more[f"e{j}"] ** 2 for j in range(D)])
        assert np.allclose(model.score_samples(source), model.score_samples(X, noise), rtol=1e-12)


def test_a_source_can_be_sent_before_and_after_its_first_pass(write: Callable[..., Any]) -> None:
    X = rows()
    source = opened(write(X))
    for _ in range(2):
        check_source(pickle.loads(pickle.dumps(source)), X)
        source.parts()


@pytest.mark.parametrize("write", FEW, indirect=True)
def test_every_engine_has_the_same_bits(write: Callable[..., Any]) -> None:
    source = opened(write(rows(70_000)), memory="1MB")
    options = {"random_state": 0, "search": "off", "max_iter": 5, "tol": 0}
    fits = [
        GaussianMixture(2, **options, engine=engine).fit(source).mixture_
        for engine in (SerialEngine(), ThreadEngine(1), ThreadEngine(2), ThreadEngine(5))
    ]
    assert fits[1:] == fits[:-1]


BAD = {
    "infinity": ("a", np.inf, "the value is inf"),
    "minus infinity": ("c", -np.inf, "the value is -inf"),
    "too large": ("b", 1e200, "the value is 1e"),
    "negative weight": ("w", -1.0, "the weight is -1"),
    "missing weight": ("w", np.nan, "the weight is missing"),
    "negative error": ("e1", -0.5, "the error is -0.5"),
    "missing error": ("e2", np.nan, "the error is missing"),
    "label of a half": ("l", 0.5, "the label is 0.5"),
    "label below": ("l", -2.0, "the label is -2"),
}


@pytest.mark.parametrize("write", FEW, indirect=True)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_named(write: Callable[..., Any], name: str) -> None:
    column, value, message = BAD[name]
    X, more, row = rows(), others(N), 2345
    columns(X, more)[column][row] = value
    with pytest.raises(ValueError, match=rf"row \d+, column '{column}': {message}"):
        opened(write(X, **more), **ROLES).parts()


@pytest.mark.parametrize("write", FEW, indirect=True)
@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_left_out_and_counted(write: Callable[..., Any], name: str) -> None:
    column, value, _ = BAD[name]
    X, more, bad = rows(), others(N), [0, 1234, 1235, N - 1]
    good, weights = np.delete(X, bad, axis=0), np.delete(more["w"], bad)
    columns(X, more)[column][bad] = value
    source = opened(write(X, **more), **ROLES, on_bad_rows="skip")
    assert sum(source.skipped.values()) == 4
    assert all(repr(column) in fault for fault in source.skipped)
    assert source.n_rows == N - 4
    check_source(source, good, weights)


def test_a_table_of_bad_rows_only(write: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="no rows but bad ones .5 with a bad value in column 'a'"):
        opened(write(np.full((5, D), np.inf)), on_bad_rows="skip").parts()


def test_weights_of_zero_only(write: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="column 'w' has weights of zero only"):
        opened(write(rows(5), w=np.zeros(5)), weights="w").parts()


@pytest.mark.parametrize("write", FEW, indirect=True)
def test_faults_of_a_choice(write: Callable[..., Any]) -> None:
    for options, message in {
        "columns=['z']": ({"columns": ["z"]}, "no column 'z': its columns are 'a', 'b', 'c'"),
        "columns=[99]": ({"columns": [99]}, "no column 99: positions go from 0"),
        "twice": ({"columns": ["a", "a"]}, "'a' of .* is named twice"),
        "two roles": ({"columns": ["a", "w"], "weights": "w"}, "named twice, in columns and weights"),
        "few errors": ({"columns": ["a", "b"], "errors": ["e0"]}, "errors names 1 columns, and 2 are used"),
        "none": ({"columns": []}, "columns is empty"),
        "memory": ({"memory": "much"}, "memory is 'much'"),
        "little memory": ({"memory": "1kB"}, "less than a megabyte"),
        "rows": ({"on_bad_rows": "ignore"}, "on_bad_rows is 'ignore'"),
    }.values():
        with pytest.raises(ValueError, match=message):
            open_source(write(rows(5), **others(5)), **options)
    with pytest.raises(TypeError, match="weights is of type ndarray"):
        open_source(write(rows(5)), weights=np.ones(5))


def test_all_columns_of_numbers_unless_chosen(write: Callable[..., Any]) -> None:
    more = {"name": np.array(list("abcde")), "w": np.ones(5)}
    with pytest.warns(UserWarning, match=r"without numbers are left out: 'name' \(.*[Ss]tr"):
        source = open_source(write(rows(5), **more), weights="w")
    assert source.names[:3] == NAMES
    assert "name" not in source.names
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened(write(rows(5), **more))


def test_arrays_beside_a_source_are_refused(write: Callable[..., Any]) -> None:
    source = opened(write(rows(50)))
    model = GaussianMixture(1)
    for known, role in {"sample_weight": "weights", "noise": "errors", "labels": "labels"}.items():
        with pytest.raises(ValueError, match=f"{known} is given beside a source.*{role}="):
            model.fit(source, **{known: np.ones(50)})


def test_too_few_rows(write: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="n_components = 9, n_samples = 5"):
        GaussianMixture(9).fit(opened(write(rows(5))))


def test_labels_of_no_row(write: Callable[..., Any]) -> None:
    more = others(N)
    more["l"][:] = 1.0
    with pytest.raises(ValueError, match="exclude all rows of positive weight from component 0 of 2"):
        GaussianMixture(2).fit(opened(write(rows(), **more), labels="l"))
    more["l"][5] = 2.0
    with pytest.raises(ValueError, match="the label is 2"):
        GaussianMixture(2).fit(opened(write(rows(), **more), labels="l"))


@dataclass(frozen=True)
class Stacked:
    """A user's source, without names and without checks."""

    arrays: tuple[np.ndarray, ...]
    plain: bool = True

    @property
    def n_rows(self) -> int:
        return sum(map(len, self.arrays))

    @property
    def n_features(self) -> int:
        return self.arrays[0].shape[1]

    def parts(self) -> Any:
        whole = ArraySource(np.concatenate(self.arrays), rows_per_block=len(self.arrays[0]))
        return whole.parts()


def test_a_users_source_is_fitted() -> None:
    X = rows(600)
    fit = GaussianMixture(2, random_state=0).fit(Stacked((X[:200], X[200:400], X[400:])))
    assert np.allclose(fit.means_, GaussianMixture(2, random_state=0).fit(X).means_, rtol=1e-9)
    assert np.array_equal(fit.predict(Stacked((X,))), fit.predict(X))
    X[450, 1] = np.inf
    with pytest.raises(ValueError, match="row 450 of the source is inf in column 1"):
        GaussianMixture(2).fit(Stacked((X[:200], X[200:400], X[400:])))


@pytest.mark.parametrize("write", FEW, indirect=True)
@pytest.mark.parametrize("memory", ["1GB", "1MB"])
def test_a_noise_component_is_that_of_the_array(write: Callable[..., Any], memory: str) -> None:
    X = rows(70_000)
    X[:500] = np.random.default_rng(5).uniform(-20, 20, (500, D))
    options = {"random_state": 0, "search": "off", "noise_component": True, "max_iter": 3, "tol": 0}
    found = GaussianMixture(2, **options).fit(opened(write(X), memory=memory)).mixture_.uniform
    expected = GaussianMixture(2, **options).fit(X).mixture_.uniform
    assert np.allclose([found.log_volume, found.weight], [expected.log_volume, expected.weight], rtol=1e-9)


def test_other_files_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    X = rows(10)
    place = hive(tmp_path / "month=3", X)
    (place / "README.txt").write_text("notes")
    (place / "_SUCCESS").touch()
    (place / ".hidden.parquet").write_text("no Parquet")
    source = open_source(place)
    assert source.n_rows == 10
    assert "month" not in source.names
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileAccessError, match=r"is a folder without files of \.parquet"):
        open_source(empty)


def test_columns_of_folders_are_data_only_where_they_are_named(tmp_path: Path) -> None:
    place = hive(tmp_path, rows(10))
    assert open_source(place).names == NAMES
    source = open_source(place, columns=["a", "year"])
    assert all_rows(source, SerialEngine()).X[:, 1].tolist() == [2023.0] * 5 + [2024.0] * 5
    assert open_source(place, weights="year").parts()[0].read().weights[0] == 2023.0


@pytest.mark.parametrize("columns", [None, ["a", "b"]])
@pytest.mark.parametrize("lacking", ["0.parquet", "1.parquet"])
def test_a_column_that_one_file_of_a_folder_lacks(tmp_path: Path, lacking: str, columns: Any) -> None:
    for name in ("0.parquet", "1.parquet"):
        whole = table(rows(10)).select(["a"] if name == lacking else ["a", "b"])
        pq.write_table(whole, tmp_path / name)
    with pytest.raises(ValueError, match=rf"{lacking} has no column 'b', which other files have"):
        open_source(tmp_path, columns=columns)
    assert open_source(tmp_path, columns="a").n_rows == 20


def test_a_list_of_files(tmp_path: Path) -> None:
    X = rows(10)
    paths = [tmp_path / "later.parquet", tmp_path / "first.parquet"]
    for path, part in zip(paths, (X[:4], X[4:]), strict=True):
        pq.write_table(table(part), path)
    check_source(open_source(paths), X)
    check_source(open_source([str(path) for path in paths]), X)
    with pytest.raises(FileAccessError, match="there is no file"):
        open_source([*paths, tmp_path / "nowhere.parquet"])


def test_a_folder_of_files_of_several_types(tmp_path: Path) -> None:
    for i, kind in enumerate([pa.float32(), pa.int8(), pa.float64(), pa.decimal128(10, 2)]):
        values = pa.array(range(3)).cast(pa.int8()).cast(kind)
        pq.write_table(pa.table({"a": values, "b": values}), tmp_path / f"{i}.parquet")
    check_source(open_source(tmp_path), np.tile(np.arange(3.0)[:, None], (4, 2)))


@pytest.mark.parametrize("kind", [parquet, parquet_folder, hive])
def test_addresses(tmp_path: Path, kind: Callable[..., Any]) -> None:
    X = rows(500)
    source = open_source(kind(tmp_path, X).as_uri(), columns=NAMES)
    check_source(source, X)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.parquet", "there is no file 'nowhere.parquet'"),
        ("nowhere", "there is no file 'nowhere'"),
        ("", "is not a path"),
        ("a\0b", "is not a path"),
        ("strange://a/b", "is not an address that pyarrow reads"),
        ("file:///nowhere/at/all.parquet", "there is no file"),
    ],
)
def test_paths_of_nothing(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(2).fit(path)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>")
    with pytest.raises(ValueError, match="has no suffix of a table: give a file of .parquet"):
        open_source(tmp_path / "page.html")
    (tmp_path / "rows.parquet").write_text("hello")
    with pytest.raises(
        ValueError, match=r"rows.parquet cannot be read as Parquet: Parquet file size is 5 bytes"
    ):
        open_source(tmp_path / "rows.parquet")
    pq.write_table(pa.table({}), tmp_path / "rows.parquet")
    with pytest.raises(ValueError, match="rows.parquet has no column of numbers: it has no column at all"):
        open_source(tmp_path / "rows.parquet")
