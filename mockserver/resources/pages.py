"""Pages of a list: what the caller asks for, and what the reply says about the rest of the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from mockserver.call import Call
from mockserver.contract.sample_value import fits
from mockserver.contract.schema import Schema
from mockserver.resources.resource_spec import OperationSpec
from mockserver.resources.shapes import put, schema_at, take

_DEFAULT_LIMIT: Final = 20
_MAX_LIMIT: Final = 1_000
_MAX_NUMBER: Final = 10**12  # times the limit it is still a number that every database takes


@dataclass(frozen=True)
class Page:
    """The part of a list that a call asks for: `limit` records, at least one, after `skip` others."""

    limit: int
    skip: int

    @classmethod
    def read(cls, spec: OperationSpec, params: Mapping[str, Any]) -> "Page":
        """The page of these parameters; the whole list, within limits, where the operation has none."""
        names = spec.pages or {}
        if not names:
            return cls(_MAX_LIMIT, 0)
        limit = min(_number(params, names.get("limit"), 1, _DEFAULT_LIMIT), _MAX_LIMIT)
        skip = _number(params, names.get("offset") or names.get("cursor"), 0, 0)
        if "page" in names:
            skip = (_number(params, names["page"], 1, 1) - 1) * limit
        return cls(limit, skip)


def cut(page: Page, items: Sequence[Any]) -> Sequence[Any]:
    """The items of the page, of all."""
    return items[page.skip : page.skip + page.limit]


def describe(
    spec: OperationSpec,
    call: Call,
    page: Page,
    total: int,
    reply: Any,
    schema: Any,
    components: dict[str, Any],
) -> Any:
    """The reply with the size of the list and the place of the next page, in the members that say so."""
    if spec.total is not None:
        put(reply, spec.total, total)
    names = spec.pages or {}
    for role, value in (("limit", page.limit), ("offset", page.skip), ("page", _page_number(page))):
        where = f"/{names.get(role, role)}"
        rule = schema_at(schema, where, components)
        if rule is not True and fits(Schema(rule, components), value) and isinstance(reply, dict):
            put(reply, where, value)
    if spec.more is not None:
        put(reply, spec.more, page.skip + page.limit < total)
    if spec.next is not None:
        _set_next(
            spec, call, page, total, reply, Schema(schema_at(schema, spec.next, components), components)
        )
    return reply


def _set_next(spec: OperationSpec, call: Call, page: Page, total: int, reply: Any, rule: Schema) -> None:
    where = spec.next or ""
    has_more = page.skip + page.limit < total
    if has_more:
        name, value = _next_value(spec, page)
        for one in (value, str(value), _link(call, name, value)):
            if fits(rule, one) and (isinstance(one, int) or not _is_link(rule) or "://" in one):
                put(reply, where, one)
                return
    if fits(rule, None):
        put(reply, where, None)
    else:
        take(reply, where)


def _next_value(spec: OperationSpec, page: Page) -> tuple[str, int]:
    names = spec.pages or {}
    if "page" in names:
        return names["page"], _page_number(page) + 1
    return names.get("offset") or names.get("cursor") or "offset", page.skip + page.limit


def _is_link(rule: Schema) -> bool:
    return isinstance(rule.schema, dict) and rule.schema.get("format") == "uri"


def _link(call: Call, name: str, value: int) -> str:
    query = {**dict(parse_qsl(call.query)), name: str(value)}
    return f"{call.origin}{call.raw_path or call.path}?{urlencode(query)}"


def _page_number(page: Page) -> int:
    return page.skip // page.limit + 1


def _number(params: Mapping[str, Any], name: str | None, least: int, default: int) -> int:
    """The whole part of a number, or of its text; the default for anything else, and for less than `least`.

    Most services read `limit=0` like no limit. A page of none would have a next page for ever.
    """
    value = params.get(name) if name else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return default
    try:
        number = int(float(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):  # not a number, or an infinite one
        return default
    return default if number < least else min(number, _MAX_NUMBER)
