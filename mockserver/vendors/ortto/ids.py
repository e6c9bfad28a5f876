"""Ids, which are 24 hexadecimal digits, and the cursors of person/get, which are ids too."""

import hashlib
import re
from datetime import datetime
from typing import Any, Final, NamedTuple, NoReturn

import orjson

from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.timestamps import to_seconds

ID: Final = re.compile(r"[0-9a-fA-F]{24}")
ZERO_ID: Final = "0" * 24
"""The id for none: no data source, no cursor (recorded)."""

PERSON_PREFIX, ACCOUNT_PREFIX, MESSAGE_PREFIX = "00", "10", "50"
"""How ids and cursors of people and of accounts begin, and the ids of messages (recorded)."""

_QUOTED_LENGTH = 26


class Cursor(NamedTuple):
    """The end of a page of person/get: the number of people up to there, and the rank of the last."""

    offset: int
    rank: int


def person_id(created: int, tail: int) -> str:
    """`00`, the second of creation, 48 bits, `00` (the form is recorded)."""
    return f"00{_second(created)}{tail:012x}00"


def new_person_id(world: World) -> str:
    """The id of a person who is created now."""
    return person_id(to_seconds(world.now()), int(world.id_hex(12), 16))


def new_account_id(world: World) -> str:
    """The id of an account that is created now (the form is recorded)."""
    return f"{ACCOUNT_PREFIX}{person_id(to_seconds(world.now()), int(world.id_hex(12), 16))[2:]}"


def new_message_id(world: World) -> str:
    """The id of a message that is sent now (the form is recorded)."""
    return f"{MESSAGE_PREFIX}{new_person_id(world)[2:]}"


def new_object_id(world: World, created: datetime) -> str:
    """The id of an audience or a campaign; it starts with the second of creation."""
    return f"{_second(to_seconds(created))}{world.id_hex(16)}"


def _second(moment: int) -> str:
    """The second in 32 bits, which begin anew before 1970 and after 2106."""
    return f"{moment % 2**32:08x}"


def raise_malformed(value: Any) -> NoReturn:
    """Raises the problem id_malformed (wrong length, recorded) or id_not_hex.

    Ortto counts the characters of the JSON text, including the quotes of a string.
    """
    text = orjson.dumps(value).decode()
    if len(text) != _QUOTED_LENGTH or not isinstance(value, str):
        raise Problem("id_malformed", length=len(text))
    wrong = next(char for char in value if char not in "0123456789abcdefABCDEF")
    raise Problem("id_not_hex", reason=f"encoding/hex: invalid byte: U+{ord(wrong):04X} {wrong!r}")


def encode_cursor(cursor: Cursor, prefix: str = PERSON_PREFIX) -> str:
    """Encodes a cursor as an id, so that nothing has to be stored for it."""
    body = f"{cursor.offset:08x}{cursor.rank:010x}"
    return f"{prefix}{body}{_checksum(body)}"


def decode_cursor(id: str, prefix: str = PERSON_PREFIX) -> Cursor | None:
    """Decodes a cursor; None for the zero id. Raises object_not_found for an id that is not a cursor."""
    id = id.lower()
    if id == ZERO_ID:
        return None
    body = id[2:20]
    if id[:2] != prefix or id[20:] != _checksum(body):
        raise Problem("object_not_found", object=id)
    return Cursor(int(body[:8], 16), int(body[8:], 16))


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:4]
