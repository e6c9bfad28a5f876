"""Ortto's ids: 24 hexadecimal digits, and what they tell of what they name."""

import hashlib
import re
from datetime import datetime
from typing import Any, Final, NamedTuple, NoReturn

import orjson

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.timestamps import seconds

ID: Final = re.compile(r"[0-9a-fA-F]{24}")
NONE: Final = "0" * 24
"""The id of nothing: no data source, no cursor (recorded)."""

_QUOTED_LENGTH = 26


class Cursor(NamedTuple):
    """Where a page of person/get ended: how many people came before, and the rank of the last."""

    offset: int
    rank: int


def person_id(created: int, tail: int) -> str:
    """`00`, the second of creation, 48 bits, `00` (the form is recorded)."""
    return f"00{created:08x}{tail:012x}00"


def new_person_id(world: World) -> str:
    """The id of a person who is created now."""
    return person_id(seconds(world.now()), int(world.id_hex(12), 16))


def new_object_id(world: World, made: datetime) -> str:
    """The id of an audience or a campaign: its first digits are the second in which it was made."""
    return f"{seconds(made):08x}{world.id_hex(16)}"


def refuse_malformed(value: Any) -> NoReturn:
    """Raises the problem id_malformed (another length than 24: recorded) or id_not_hex.

    Ortto counts the JSON text, so the quotes of a string count too.
    """
    text = orjson.dumps(value).decode()
    if len(text) != _QUOTED_LENGTH or not isinstance(value, str):
        raise Problem("id_malformed", length=len(text))
    wrong = next(char for char in value if char not in "0123456789abcdefABCDEF")
    raise Problem("id_not_hex", reason=f"encoding/hex: invalid byte: U+{ord(wrong):04X} {wrong!r}")


def write_cursor(cursor: Cursor) -> str:
    """The cursor as an id; it needs no memory of its own."""
    body = f"{cursor.offset:08x}{cursor.rank:010x}"
    return f"00{body}{_check(body)}"


def read_cursor(id: str) -> Cursor | None:
    """The cursor of an id, None for the id of nothing. Raises object_not_found for any other id."""
    id = id.lower()
    if id == NONE:
        return None
    body = id[2:20]
    if id[:2] != "00" or id[20:] != _check(body):
        raise Problem("object_not_found", object=id)
    return Cursor(int(body[:8], 16), int(body[8:], 16))


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:4]
