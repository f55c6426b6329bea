"""Labels by name, and columns of errors by the column that has them, in sources of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, datasets
from gaussmix.errors import InputError
from gaussmix.sources import Query, facts, open_source

pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

NAMES = ("ash", "birch", "oak")
ROWS, TRUE = datasets.random_mixture(3, 2, random_state=0).sample(3000, random_state=0)
CODES = np.where(np.arange(3000) % 3 == 0, -1, TRUE)
KIND = np.array([None if code < 0 else NAMES[code] for code in CODES], dtype=object)
FRAME = pd.DataFrame({"a": ROWS[:, 0], "b": ROWS[:, 1], "kind": KIND, "w": CODES + 2.0})
EM = {"search": "off", "max_iter": 3, "tol": 0, "random_state": 0}


def table():
    return pa.Table.from_pandas(FRAME, preserve_index=False)


def parquet(folder, **options):
    pq.write_table(table(), folder / "rows.parquet", row_group_size=700, **options)
    return folder / "rows.parquet"


def dictionary(folder):
    kinds = table()["kind"].combine_chunks().dictionary_encode()
    pq.write_table(table().set_column(2, "kind", kinds), folder / "rows.parquet", row_group_size=700)
    return folder / "rows.parquet"


def partitions(folder):
    known = FRAME.dropna()
    for name in NAMES:
        (folder / "rows" / f"kind={name}").mkdir(parents=True)
        part = known[known.kind == name].drop(columns="kind")
        pq.write_table(
            pa.Table.from_pandas(part, preserve_index=False), folder / f"rows/kind={name}/0.parquet"
        )
    (folder / "rows" / "kind=__HIVE_DEFAULT_PARTITION__").mkdir()
    part = FRAME[FRAME.kind.isna()].drop(columns="kind")
    name = "kind=__HIVE_DEFAULT_PARTITION__/0.parquet"
    pq.write_table(pa.Table.from_pandas(part, preserve_index=False), folder / "rows" / name)
    return folder / "rows"


def arrow(folder):
    import pyarrow.feather as feather

    feather.write_feather(table(), folder / "rows.arrow", compression="uncompressed", chunksize=700)
    return folder / "rows.arrow"


def text(folder):
    FRAME.to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"


def anndata(folder):
    module = pytest.importorskip("anndata")
    return module.AnnData(
        np.zeros((3000, 1)), obs=FRAME[["kind", "w"]].set_axis(map(str, range(3000))), obsm={"X": ROWS}
    )


KINDS = {
    "parquet": parquet,
    "dictionary": dictionary,
    "partitions": partitions,
    "arrow": arrow,
    "text": text,
    "query": lambda folder: Query(f"select * from '{parquet(folder)}'", "duckdb:"),
    "stream": lambda folder: table().to_reader(),
    "pandas": lambda folder: FRAME,
    "categories": lambda folder: FRAME.astype({"kind": "category"}),
    "polars": lambda folder: pytest.importorskip("polars").from_pandas(FRAME),
    "anndata": anndata,
}


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_components_in_their_order(kind, tmp_path):
    columns = "X" if kind == "anndata" else ["a", "b"]
    source = open_source(KINDS[kind](tmp_path), columns, labels="kind")
    assert source.classes == NAMES
    order = np.lexsort(np.concatenate([part.read().X for part in source.parts()]).T)
    allowed = np.concatenate([part.read().allowed for part in source.labelled(3, 3).parts()])[order]
    expected = np.where(CODES[:, None] < 0, True, CODES[:, None] == np.arange(3))
    assert np.array_equal(allowed, expected[np.lexsort(ROWS.T)])
    model = GaussianMixture(3, **EM).fit(source)
    assert np.allclose(model.means_, GaussianMixture(3, **EM).fit(ROWS, labels=CODES).means_)


def test_weights_and_a_spool(tmp_path):
    source = open_source(text(tmp_path), ["a", "b"], labels="kind", weights="w", memory="1MB")
    assert source.classes == NAMES
    expected = GaussianMixture(3, **EM).fit(ROWS, labels=CODES, sample_weight=CODES + 2.0)
    assert np.allclose(GaussianMixture(3, **EM).fit(source).means_, expected.means_)


def test_names_of_rows_without_weight_are_no_components():
    frame = FRAME.assign(w=np.where(FRAME.kind == "oak", 0.0, 1.0))
    assert open_source(frame, ["a", "b"], labels="kind", weights="w").classes == NAMES[:2]


def test_more_names_than_components(tmp_path):
    with pytest.raises(
        InputError, match=r"'kind' holds 3 different labels \('ash', 'birch', 'oak'\).*n_components=3"
    ):
        GaussianMixture(2).fit(open_source(parquet(tmp_path), ["a", "b"], labels="kind"))


def test_far_too_many_names(monkeypatch):
    monkeypatch.setattr(facts, "_MOST_CLASSES", 100)
    frame = FRAME.assign(kind=np.arange(3000).astype(str))
    with pytest.raises(InputError, match="more than 100 different values"):
        GaussianMixture(2).fit(open_source(frame, ["a", "b"], labels="kind"))


@pytest.mark.parametrize("role", ["weights", "errors"])
def test_text_in_other_roles(role):
    with pytest.raises(InputError, match=f"holds .*: {role} takes columns of numbers"):
        open_source(FRAME, ["a"], **{role: "kind"})


def test_dates_are_no_labels():
    frame = FRAME.assign(kind=pd.Timestamp("2020-01-01"))
    with pytest.raises(InputError, match="labels takes columns of numbers or text"):
        open_source(frame, ["a", "b"], labels="kind")


@pytest.mark.parametrize(
    ("errors", "found"),
    [
        ({"a": "w"}, ("w", None)),
        ({"b": "w"}, (None, "w")),
        ({"b": "w", "a": None}, (None, "w")),
        ({1: "w"}, (None, "w")),
        ({"b": 3}, (None, "w")),
    ],
)
def test_errors_by_name(errors, found):
    source = open_source(FRAME, ["a", "b"], errors=errors)
    assert source.layout.errors == found
    noise = np.concatenate([part.read().noise for part in source.parts()])
    assert np.array_equal(
        noise, np.column_stack([(CODES + 2.0) ** 2 if name else 0 * ROWS[:, 0] for name in found])
    )


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ({"kind": "w"}, "errors gives a column for 'kind'"),
        ({"z": "w"}, "has no column 'z'"),
        ({"a": "z"}, "no column 'z'"),
    ],
)
def test_errors_of_other_columns(errors, message):
    with pytest.raises(InputError, match=message):
        open_source(FRAME, ["a", "b"], errors=errors)
