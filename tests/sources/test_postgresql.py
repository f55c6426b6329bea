"""Queries of a real PostgreSQL server, which the tests start in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.sources import Query, open_source
from gaussmix.testing import check_source

pa = pytest.importorskip("pyarrow")
dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((30_000, 3))
X[:12_000] += 5.0
WEIGHTS = RNG.uniform(0.0, 2.0, len(X))


def programs() -> Path:
    """The folder of the server's programs."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = [path for path in known if (path / "initdb").exists()]
    if found:
        return found[-1]
    there = shutil.which("initdb")
    if there is None or shutil.which("pg_ctl") is None:
        pytest.skip("PostgreSQL is not installed")
    return Path(os.path.realpath(there)).parent


def user() -> dict[str, Any]:
    """The user who may run the server: the superuser may not."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    pytest.skip("there is no user but the superuser, who may not run PostgreSQL")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server of its own."""
    folder, place, owner = Path(tempfile.mkdtemp(prefix="gm-pg-")), programs(), user()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*words: str) -> None:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, **owner)
        if done.returncode:
            pytest.skip(f"PostgreSQL does not start here: {done.stderr.strip()[-200:]}")

    data = str(folder / "data")
    try:
        run(str(place / "initdb"), "-D", data, "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off"
        run(str(place / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        words = [str(place / "pg_ctl"), "-D", data, "-m", "immediate", "stop"]
        subprocess.run(words, cwd="/", capture_output=True, check=False, **owner)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def filled(address: str) -> str:
    """The same with a table of rows."""
    table = pa.table(
        {"i": np.arange(len(X)), **{name: X[:, j] for j, name in enumerate("abc")}, "w": WEIGHTS}
    )
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("rows", table, mode="create")
        connection.commit()
    return address


def test_the_rows_of_a_query(filled: str) -> None:
    source = open_source(Query("select a, b, c, w from rows order by i", filled), weights="w")
    assert source.names == ("a", "b", "c")
    check_source(source, X, WEIGHTS)


@pytest.mark.parametrize("memory", ["1GB", "1MB"])
def test_the_fit_is_that_of_the_array(filled: str, memory: str) -> None:
    source = open_source(Query("select a, b, c from rows order by i", filled), memory=memory)
    found = GaussianMixture(2, random_state=0).fit(source)
    expected = GaussianMixture(2, random_state=0).fit(X)
    assert np.allclose(found.means_, expected.means_, rtol=1e-9)
    assert np.allclose(found.covariances_, expected.covariances_, rtol=1e-9)
    if memory == "1GB":
        assert np.array_equal(found.means_, expected.means_)


def test_a_query_is_fitted_as_it_is(filled: str) -> None:
    model = GaussianMixture(2, random_state=0).fit(Query("select a, b, c from rows order by i", filled))
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]


def test_an_open_connection(filled: str) -> None:
    with dbapi.connect(filled) as connection:
        source = open_source(Query("select a, b from rows where i < 100 order by i", connection))
        check_source(source, X[:100, :2])
        check_source(open_source(Query("select c from rows where i < 10 order by i", connection)), X[:10, 2:])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1.25::real", 1.25),
        ("7::smallint", 7.0),
        ("-3::bigint", -3.0),
        ("2.5::numeric", 2.5),
        ("true", 1.0),
        ("null::float8", np.nan),
        ("'NaN'::float8", np.nan),
    ],
)
def test_types_of_numbers(filled: str, expression: str, value: float) -> None:
    source = open_source(Query(f"select {expression} as z, a from rows where i < 3 order by i", filled))
    check_source(source, np.column_stack([np.full(3, value), X[:3, 0]]))


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select nothing from rows", "the database refuses the query.*column .*nothing.* does not exist"),
        ("select * from nowhere", "the database refuses the query.*nowhere.* does not exist"),
        ("selec a", "the database refuses the query.*syntax error"),
        ("select 'x' as t from rows", "the query has no column of numbers"),
        ("select a from rows where false", "the query has no rows"),
        (
            "select 'infinity'::float8 as a from rows",
            "the query, batch 0, row 0, column 'a': the value is inf",
        ),
    ],
)
def test_queries_that_fail(filled: str, sql: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_source(Query(sql, filled))


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="the database refuses the query") as caught:
        open_source(Query("select 1", "postgresql://someone:secret@127.0.0.1:1/none"))
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Query("select 1", "postgresql://someone:secret@127.0.0.1:1/none"))
