"""Members that a client asks for by name, and then does not use."""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from mockserver.call import Exchange
from mockserver.formats.json_pointer import parse_pointer
from mockserver.needs.report import Needs

_ASKING: Final = frozenset({"fields", "include", "includes", "expand", "select"})
"""The parameters and members of bodies by which clients choose what replies have."""


class AskedInVain(NamedTuple):
    """The names that the calls of an operation ask for without need, and the numbers of the exchanges."""

    vendor: str
    operation: str
    names: list[str]
    numbers: list[int]


def asked_in_vain(needs: Needs) -> Iterator[AskedInVain]:
    """The members that a client asks for, gets, and does not depend on."""
    got: dict[tuple[str, str], dict[str, bool]] = {}
    for member in needs.members:
        names = got.setdefault((member.vendor, member.operation), {})
        for name in parse_pointer(member.pointer):
            names[name] = names.get(name, False) or member.is_used
    numbers: dict[tuple[str, str], list[int]] = {}
    vain: dict[tuple[str, str], set[str]] = {}
    for exchange in needs.exchanges:
        key = (exchange["vendor"] or "", exchange["operation"] or "")
        unused = {name for name in _asked(exchange) if got.get(key, {}).get(name) is False}
        if unused:
            numbers.setdefault(key, []).append(exchange["number"])
            vain.setdefault(key, set()).update(unused)
    for key, names_in_vain in vain.items():
        yield AskedInVain(*key, sorted(names_in_vain), numbers[key])


def _asked(exchange: Exchange) -> Iterator[str]:
    """The names that a call asks for, in its query or its body."""
    for name, text in parse_qsl(exchange["call"]["url"].partition("?")[2]):
        if name.lower().removesuffix("[]") in _ASKING:
            yield from (one.strip() for one in text.split(","))
    try:
        body: Any = json.loads(exchange["call"]["body"] or "null")
    except ValueError:
        return
    for name, value in body.items() if isinstance(body, dict) else ():
        if name.lower() in _ASKING and isinstance(value, list):
            yield from (one for one in value if isinstance(one, str))
