"""Formats exchanges of a journal as text.

Text from a caller is escaped, so that it can neither start a new line nor control the terminal.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mockserver.call import Exchange, UnknownEntry, ViolationEntry
from mockserver.formats.sanitize import escape

_MAX_BODY_LENGTH: Final = 400
_MAX_DETAILED: Final = 5
_MAX_SUMMARIES: Final = 10
_FLAW_NAMES: Final = {
    "unknown_vendor": "unknown vendor",
    "unknown_path": "unknown path",
    "unknown_method": "unknown method",
    "broken_promise": "broken promise",
}

_TYPE_NAMES: Final = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean"}


def is_broken_promise(exchange: Exchange) -> bool:
    """Whether the server's reply violated its contract."""
    return exchange["flaw"] == "broken_promise"


def format_line(exchange: Exchange) -> str:
    """The exchange on one line: number, time, call, reply status, and remarks."""
    row = f"{exchange['number']:>5}  {exchange['at']}  {format_summary(exchange)}"
    return escape("  ".join([row, *format_remarks(exchange)]))


def format_exchanges(exchanges: Sequence[Exchange]) -> str:
    """The first five exchanges with all details, further ones on one line each, up to a limit.

    Details are the bodies, and for each violation its location, the expected value, the actual value and the
    nearest valid one.
    """
    rows: list[str] = []
    for exchange in exchanges[:_MAX_DETAILED]:
        rows += ["", *_format_details(exchange)]
    rest = exchanges[_MAX_DETAILED:]
    if rest:
        rows += ["", *(f"  {format_summary(exchange)}" for exchange in rest[:_MAX_SUMMARIES])]
    if rest[_MAX_SUMMARIES:]:
        rows.append(f"  … and {len(rest) - _MAX_SUMMARIES} more")
    return "\n".join(map(escape, rows[1:]))


def failure_report(exchanges: Sequence[Exchange]) -> str:
    """The message of a test that fails because of these exchanges."""
    count = "1 exchange" if len(exchanges) == 1 else f"{len(exchanges)} exchanges"
    return f"mockserver: {count} violated the contract\n\n{format_exchanges(exchanges)}"


def format_summary(exchange: Exchange) -> str:
    """`POST /<vendor>/<path> -> 400 problem`, without the world's part of the URL."""
    call, reply = exchange["call"], exchange["reply"]
    outcome = f"{reply['status']} {exchange['problem'] or ''}".rstrip()
    target = f"{call['path']}{''.join(call['url'].partition('?')[1:])}"
    vendor = f"/{exchange['vendor']}" if exchange["vendor"] else ""
    return escape(f"{call['method']} {vendor}{target} -> {outcome}")


def format_remarks(exchange: Exchange) -> list[str]:
    """Short remarks on an exchange: its flaw, fault, violations, unknown members and suggestions."""
    found = []
    if exchange["flaw"]:
        found.append(f"[{_flaw_name(exchange)}]")
    if exchange["fault"]:
        found.append(f"[fault {exchange['fault']['id']}: {exchange['fault']['kind']}]")
    if exchange["nearest"]:
        found.append(f"nearest: {exchange['nearest']}")
    if exchange["why"]:
        found.append(exchange["why"])
    found += exchange["remarks"]
    found += [f"[{_format_violation(one)}]" for one in exchange["violations"]]
    found += [f"[unknown {_format_unknown(one)}]" for one in exchange["unknown"]]
    return [escape(remark) for remark in found]


def _flaw_name(exchange: Exchange) -> str | None:
    flaw = exchange["flaw"]
    return flaw and _FLAW_NAMES.get(flaw, flaw)


def _format_details(exchange: Exchange) -> Iterator[str]:
    flaw = _flaw_name(exchange)
    yield f"  {flaw}: {format_summary(exchange)}" if flaw else f"  {format_summary(exchange)}"
    for violation in exchange["violations"]:
        label = "wrong:" if violation["side"] == "call" else "broken:"
        yield f"    {label:<9} {_format_violation(violation)}"
    for unknown in exchange["unknown"]:
        yield f"    unknown:  {_format_unknown(unknown)}"
    if exchange["fault"]:
        yield f"    fault:    {exchange['fault']['id']} ({exchange['fault']['kind']})"
    yield f"    sent:     {_truncate_body(exchange['call']['body'])}"
    yield f"    answered: {_truncate_body(exchange['reply']['body'])}"
    if exchange["why"]:
        yield f"    why:      {exchange['why']}"
    for remark in exchange["remarks"]:
        yield f"    remark:   {remark}"
    if flaw and not is_broken_promise(exchange):
        yield f"    nearest:  {exchange['nearest'] or 'no similar operation'}"


def _format_violation(violation: ViolationEntry) -> str:
    where = f"{violation['place']}{violation['pointer']}"
    if not violation["expected"]:
        return f"{where}: {violation['message']}"
    text = f"{where}: expected {violation['expected']}, got {_format_value(violation)}"
    return f"{text}; nearest: {violation['nearest']}" if violation["nearest"] else text


def _format_value(violation: ViolationEntry) -> str:
    """The value, with its type (`string "x"`) if the type is wrong."""
    value = violation["value"] or "nothing"
    if violation["keyword"] != "type" or value == "null":
        return str(value)
    number = "number" if set(value) & set(".eE") else "integer"
    return f"{_TYPE_NAMES.get(value[0], number)} {value}"


def _format_unknown(unknown: UnknownEntry) -> str:
    where = f"{unknown['place']}{unknown['pointer']}"
    return f"{where}, nearest: {unknown['nearest']}" if unknown["nearest"] else where


def _truncate_body(body: str) -> str:
    if not body:
        return "no body"
    text = " ".join(body.split())
    return text if len(text) <= _MAX_BODY_LENGTH else f"{text[:_MAX_BODY_LENGTH]} … ({len(text)} characters)"
