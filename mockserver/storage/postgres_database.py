"""PostgreSQL databases: whether one can hold a store, and which errors are the database's own."""

from typing import Any, Final

import psycopg

from mockserver.errors import InvalidStoreError
from mockserver.storage import engine

_ENCODING: Final = "UTF8"
_UNDONE: Final = frozenset({"25P03", "25P04"})
"""Of transactions that the database has ended by its timeouts, also when it is asked to commit them."""
_READ_ONLY: Final = "25006"  # a standby
_DAMAGED: Final = frozenset({"XX000", "XX001", "XX002"})
_MAY_NOT: Final = "42501"  # no privilege
_CHANGED: Final = frozenset(
    {
        _MAY_NOT,
        "0A000",  # a prepared statement whose table has changed
        "22001",  # a text that is too long for a column
        "22P02",  # a text for a column of another type
        "23514",  # a check: the store's table has none, and no trigger either
        "3F000",  # no schema
        "42703",  # no such column
        "42804",  # a value for a column of another type
        "42809",  # a view, say
        "42883",  # no such operator: a column of another type
        "42P01",  # no such table
        "42P10",  # no primary key
        "P0001",  # a trigger
    }
)
"""Of a table that somebody has dropped or changed, or its rights: every statement is a constant.

These are codes, since older drivers have no class for some of them.
"""


def is_unavailable(error: psycopg.Error) -> bool:
    """Whether an error is the database's, not this program's."""
    return _cannot_answer(error) or error.diag.sqlstate in _CHANGED


def is_lasting(error: psycopg.Error) -> bool:
    """Whether somebody has to fix the database first, and the same transaction would fail again."""
    return error.diag.sqlstate in _DAMAGED | _CHANGED


def is_undone(error: psycopg.Error) -> bool:
    """Whether the transaction is not committed for certain, even if the error answers COMMIT."""
    return error.diag.sqlstate in _UNDONE


def _cannot_answer(error: psycopg.Error) -> bool:
    state = error.diag.sqlstate
    return isinstance(error, psycopg.OperationalError) or state in {*_UNDONE, *_DAMAGED, _READ_ONLY}


def check_encoding(connection: psycopg.Connection[Any]) -> None:
    """Raises `InvalidStoreError` for a database whose texts cannot be any text.

    In SQL_ASCII they can, but the database counts their bytes instead of their characters.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != _ENCODING:
        raise InvalidStoreError(f"its encoding is {encoding}, not {_ENCODING}")


def check_keeps_documents(connection: psycopg.Connection[Any]) -> None:
    """Raises `InvalidStoreError` for another program's table; undone at the end."""
    try:
        with connection.transaction(force_rollback=True):
            engine.check_keeps_documents(
                lambda statement, values: connection.execute(with_placeholders(statement), values)
            )
    except psycopg.Error as error:
        if _cannot_answer(error) or error.diag.sqlstate == _MAY_NOT:
            raise
        raise engine.takes_no_documents(first_line(error)) from error


def first_line(error: psycopg.Error) -> str:
    """The words of an error without its statement."""
    return str(error).partition("\n")[0]


def with_placeholders(statement: str) -> str:
    """The statement with psycopg's placeholders. Every statement is built from constants of this package."""
    return statement.replace("?", "%s")
