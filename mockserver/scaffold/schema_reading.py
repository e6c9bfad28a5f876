"""Schemas of records and replies, read: members, ids, and the place of a list or a record in a reply."""

import re
from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.sample_value import Sampler
from mockserver.contract.unknown_properties import collect_types
from mockserver.errors import NoSampleError

_IDS: Final = ("id", "uuid", "guid", "key", "code", "slug", "name", "username", "email", "number")
_SCALARS: Final = frozenset({"string", "integer", "number"})
_TOTALS: Final = ("total", "totalcount", "totalitems", "totalresults", "totalrecords", "totalsize")
_NEXTS: Final = (
    *("next", "nextpage", "nextcursor", "nextoffset", "nextpagetoken", "nexttoken", "nextlink", "nexturl"),
)
_FLAGS: Final = ("hasmore", "hasnext", "hasnextpage", "more")


class SchemaReader:
    """Reads the schemas of one document."""

    def __init__(self, components: dict[str, Any]) -> None:
        self.components = components
        self._sampler = Sampler(components)

    def flat(self, schema: Any) -> dict[str, Any]:
        """The schema with its references merged; empty if it allows nothing."""
        try:
            return self._sampler.flatten(schema)
        except NoSampleError:
            return {}

    def members(self, schema: Any) -> dict[str, Any]:
        """The members of an object, by name."""
        return self._sampler.members(schema)

    def types(self, schema: Any) -> frozenset[str]:
        """The JSON types that a schema allows, without null."""
        return collect_types([self.flat(schema)]) - {"null"}

    def is_object(self, schema: Any) -> bool:
        """Whether the schema describes an object."""
        return self.types(schema) <= {"object"} and bool(self.members(schema))

    def is_scalar(self, schema: Any) -> bool:
        """Whether the schema describes a text or a number."""
        found = self.types(schema)
        return bool(found) and found <= _SCALARS

    def items(self, schema: Any) -> Any:
        """The schema of the items of a list; None if it is not a list of described items."""
        flat = self.flat(schema)
        return flat.get("items") if "array" in collect_types([flat]) else None

    def id_member(self, schema: Any, parameter: str, noun: str) -> str | None:
        """The member of a record that a path parameter selects it by; None if there is none."""
        members = {name: one for name, one in self.members(schema).items() if self.is_scalar(one)}
        by_name = {plain(name): name for name in reversed(members)}
        wanted, single = plain(parameter), plain(noun).removesuffix("s")
        short = wanted.removeprefix(single) or wanted
        names = [wanted, short, f"{single}{short}"]
        if wanted.endswith(("id", "uuid", "guid")):
            names += ["id", f"{single}id", "uuid", "guid"]
        names += [one for one in _IDS if wanted.endswith(one)] + ["id", "uuid"]
        return next((by_name[one] for one in names if one in by_name), None)

    def record_place(self, schema: Any, id: str) -> str | None:
        """The pointer to the record in a reply; None if the reply does not show it."""
        if id in self.members(schema):
            return ""
        for name, one in self.members(schema).items():
            if self.is_object(one) and id in self.members(one):
                return f"/{name}"
        return None

    def list_place(self, schema: Any) -> tuple[str, Any] | None:
        """The pointer to the list in a reply and the schema of its items; None if the reply has no list."""
        items = self.items(schema)
        if items is not None:
            return ("", items) if self.is_object(items) else None
        found = list(self._lists(schema, "", 0))
        return found[0] if found else None

    def _lists(self, schema: Any, where: str, depth: int) -> Iterator[tuple[str, Any]]:
        for name, one in self.members(schema).items():
            items = self.items(one)
            if items is not None and self.is_object(items):
                yield f"{where}/{name}", items
        for name, one in self.members(schema).items() if depth < 1 else ():
            if self.is_object(one):
                yield from self._lists(one, f"{where}/{name}", depth + 1)

    def total(self, schema: Any) -> str | None:
        """The pointer to the size of the whole list."""
        return self._named(schema, _TOTALS, frozenset({"integer", "number"}))

    def next(self, schema: Any) -> str | None:
        """The pointer to what says where the next page is."""
        return self._named(schema, _NEXTS, frozenset({"string", "integer"}))

    def more(self, schema: Any) -> str | None:
        """The pointer to the flag that says whether there is a next page."""
        return self._named(schema, _FLAGS, frozenset({"boolean"}))

    def _named(self, schema: Any, names: tuple[str, ...], types: frozenset[str]) -> str | None:
        found = list(self._scalars(schema, "", 0))
        for wanted in names:
            for where, name, one in found:
                kinds = self.types(one)
                if plain(name) == wanted and kinds and kinds <= types:
                    return where
        return None

    def _scalars(self, schema: Any, where: str, depth: int) -> Iterator[tuple[str, str, Any]]:
        for name, one in self.members(schema).items():
            if "/" in name or "~" in name:
                continue
            if self.is_object(one) and depth < 1:
                yield from self._scalars(one, f"{where}/{name}", depth + 1)
            else:
                yield f"{where}/{name}", name, one


def plain(name: str) -> str:
    """The name in lower case without separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def snake(name: str) -> str:
    """The name in snake_case, usable as the name of a collection."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    found = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    return found if found[:1].isalpha() else f"records_{found}".strip("_")
