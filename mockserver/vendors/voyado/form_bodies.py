"""Contacts sent as a form, which ASP.NET reads as nested members: `preferences[acceptsEmail]=1`."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import contract_rules

_MAX_FIELDS: Final = 1_000
_MAX_DEPTH: Final = 8
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_BOOLEANS: Final = ("secrecyMarked", "acceptsEmail", "acceptsPostal", "acceptsSms", "value")
_TRUTH: Final = {"1": True, "true": True, "0": False, "false": False}


def read_contact(call: Call, world: World) -> dict[str, Any]:
    """Returns the contact. Raises the problems no_data and validation_error."""
    if not world.switches["form_bodies"]:
        raise Problem("no_data")
    try:
        fields = parse_qsl(call.raw.decode("utf-8", "replace"), True, max_num_fields=_MAX_FIELDS)
    except ValueError:  # too many fields
        raise Problem("no_data") from None
    contact: dict[str, Any] = {}
    for name, text in fields:
        found = _NAME.fullmatch(name)
        path = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else [name]
        _set(contact, path[:_MAX_DEPTH], _value(path[-1], text))
    body = {name: _lists(value) for name, value in contact.items()}
    contract_rules.validate(world, "NewContact", body)
    return body


def _value(name: str, text: str) -> Any:
    return _TRUTH.get(text.lower(), text) if name in _BOOLEANS else text


def _set(container: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        below = container.setdefault(name, {})
        if not isinstance(below, dict):  # `a=1&a[b]=2`: the last one counts
            below = container[name] = {}
        container = below
    container[path[-1] or str(len(container))] = value  # `a[]=1` appends


def _lists(value: Any) -> Any:
    """The value with lists for members that are numbered from 0: `consents[0][id]=…`."""
    if not isinstance(value, dict):
        return value
    below = {name: _lists(one) for name, one in value.items()}
    return list(below.values()) if list(below) == [str(number) for number in range(len(below))] else below
