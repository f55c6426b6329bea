"""Results of SQL queries, fetched once through Arrow: DuckDB in this process, other databases by ADBC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..errors import InputError, InputTypeError, MissingDependencyError
from .arrow_columns import need_pyarrow
from .request import Request
from .spool import spooled_batches
from .streams import reader_of
from .table import TableSource

__all__ = ["Query", "open_query"]

_ROWS = 1 << 16


@dataclass(frozen=True)
class Query:
    """Query of a database, fetched once.

    Parameters
    ----------
    sql : str
        The query.
    connection : str or connection
        Where it is asked: "postgresql://user@host/database", "sqlite:///file.db", "duckdb:///file.duckdb" or "duckdb:"
        for a database in memory; or an open connection of DuckDB, of ADBC, or another with ``cursor()`` whose cursor
        has ``fetch_record_batch()`` or ``fetch_arrow_table()``.

    Raises
    ------
    InputError, InputTypeError
        If the connection is none of these.

    Examples
    --------
    >>> from gaussmix.sources import Query, open_source
    >>> source = open_source(
    ...     Query("select range * 0.5 as a, range % 3 as w from range(6)", "duckdb:"), weights="w"
    ... )
    >>> source.names, source.n_rows
    (('a',), 6)
    """

    sql: str
    connection: Any = field(repr=False)

    def __post_init__(self) -> None:
        if not str(self.sql).strip():
            raise InputTypeError(
                f"sql is {self.sql!r}: give a query, such as 'select a, b from measurements'."
            )
        if isinstance(self.connection, str) and _scheme(self.connection) not in _SCHEMES:
            known = ", ".join(f"{scheme}://" for scheme in _SCHEMES)
            raise InputError(
                f"the connection begins with {_scheme(self.connection)!r}: give an address that begins with one of "
                f"{known}."
            )


def _scheme(address: str) -> str:
    return address.partition(":")[0].lower() if ":" in address else ""


def _path(address: str) -> str:
    """Return the path in an address such as sqlite:///data/file.db; ":memory:" if there is none."""
    rest = address.partition(":")[2]
    return (rest[3:] if rest.startswith("///") else rest.removeprefix("//")) or ":memory:"


def _duckdb(address: str) -> Any:
    import duckdb

    path = _path(address)
    return duckdb.connect(path, read_only=path != ":memory:")


def _by_adbc(module: str, address_of: Callable[[str], str] = str) -> Callable[[str], Any]:
    def connect(address: str) -> Any:
        return import_module(f"{module}.dbapi").connect(address_of(address))

    return connect


_SCHEMES: dict[str, Callable[[str], Any]] = {
    "postgresql": _by_adbc("adbc_driver_postgresql"),
    "postgres": _by_adbc("adbc_driver_postgresql"),
    "sqlite": _by_adbc("adbc_driver_sqlite", _path),
    "duckdb": _duckdb,
    "grpc": _by_adbc("adbc_driver_flightsql"),
    "grpc+tls": _by_adbc("adbc_driver_flightsql"),
    "snowflake": _by_adbc("adbc_driver_snowflake"),
}
"""What connects, by the scheme of an address."""


@contextmanager
def _connected(connection: Any) -> Iterator[Any]:
    """Yield an open connection; one of an address is closed at the end."""
    if not isinstance(connection, str):
        yield connection
        return
    scheme = _scheme(connection)
    try:
        opened = _SCHEMES[scheme](connection)
    except ImportError as error:
        raise MissingDependencyError(
            f'a database at {scheme}:// needs {error.name}: pip install "gaussmix[sql]", or that package'
        ) from None
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _reader(connection: Any, sql: str) -> Iterator[Any]:
    """Yield a record-batch reader of the result of a query."""
    if type(connection).__module__.partition(".")[0] in ("duckdb", "_duckdb"):
        yield reader_of(connection.sql(sql), "the query")
        return
    if not hasattr(connection, "cursor"):
        raise InputTypeError(
            f"the connection is of type {type(connection).__name__}: give one of DuckDB or ADBC, or an address such as "
            "postgresql://host/database."
        )
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        if hasattr(cursor, "fetch_record_batch"):
            yield cursor.fetch_record_batch()
        elif hasattr(cursor, "fetch_arrow_table"):
            yield cursor.fetch_arrow_table().to_reader(_ROWS)
        else:
            raise InputTypeError(
                f"the cursor of {type(connection).__name__} gives no Arrow data: give a connection of DuckDB or ADBC, "
                "or an address such as postgresql://host/database."
            )


def open_query(query: Query, request: Request) -> TableSource:
    """Return the result of a query as a source: fetched once, and kept.

    Raises
    ------
    InputError
        If the database refuses the query; the message is the database's.
    """
    need_pyarrow("a query of a database")
    with (
        _refusals(),
        _connected(query.connection) as connection,
        _reader(connection, query.sql) as reader,
    ):
        return spooled_batches(reader, reader.schema, request, "the query")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn an error of a database into one sentence."""
    try:
        yield
    except (InputError, InputTypeError, MissingDependencyError):
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("duckdb", "_duckdb", "adbc", "pyarrow", "sqlite3")):
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"the database refuses the query: {reason}") from None
