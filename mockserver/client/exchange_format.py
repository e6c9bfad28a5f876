"""Exchanges of a journal as text for people: whatever a caller sent, each line is one line and plain text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.call import Exchange
from mockserver.formats.sanitize import escape

_LONGEST: Final = 400
_IN_FULL: Final = 5
_IN_SHORT: Final = 10
_FLAWS: Final = {
    "unknown_vendor": "unknown vendor",
    "unknown_path": "unknown path",
    "unknown_method": "unknown method",
    "broken_promise": "broken promise",
}

_KINDS: Final = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean"}


def is_broken_promise(exchange: Exchange) -> bool:
    """Whether the server failed its own contract here, whoever called."""
    return bool(exchange["flaw"] == "broken_promise")


def line(exchange: Exchange) -> str:
    """One exchange on one line: number, time, call, answer, and what was wrong."""
    shown = f"{exchange['number']:>5}  {exchange['at']}  {summary(exchange)}"
    return escape("  ".join([shown, *remarks(exchange)]))


def report(exchanges: Sequence[Exchange]) -> str:
    """The exchanges in full, the first few of them: what was sent and answered, and each thing wrong with it
    by its place, its value, what was expected there and the nearest right one. The others are a line each.
    """
    lines: list[str] = []
    for exchange in exchanges[:_IN_FULL]:
        lines += ["", *_in_full(exchange)]
    rest = exchanges[_IN_FULL:]
    if rest:
        lines += ["", *(f"  {summary(exchange)}" for exchange in rest[:_IN_SHORT])]
    if rest[_IN_SHORT:]:
        lines.append(f"  … and {len(rest) - _IN_SHORT} more")
    return "\n".join(map(escape, lines[1:]))


def indictment(exchanges: Sequence[Exchange]) -> str:
    """What was wrong with these exchanges."""
    count = "one exchange was" if len(exchanges) == 1 else f"{len(exchanges)} exchanges were"
    return f"mockserver: {count} not as any contract has it\n\n{report(exchanges)}"


def summary(exchange: Exchange) -> str:
    """`POST /<vendor>/<path> -> 400 problem`: the same in every world."""
    call, reply = exchange["call"], exchange["reply"]
    answer = f"{reply['status']} {exchange['problem'] or ''}".rstrip()
    target = f"{call['path']}{''.join(call['url'].partition('?')[1:])}"
    vendor = f"/{exchange['vendor']}" if exchange["vendor"] else ""
    return escape(f"{call['method']} {vendor}{target} -> {answer}")


def remarks(exchange: Exchange) -> list[str]:
    """What there is to say of an exchange beyond its answer, in short."""
    found = []
    if exchange["flaw"]:
        found.append(f"[{_flaw(exchange)}]")
    if exchange["fault"]:
        found.append(f"[fault {exchange['fault']['id']}: {exchange['fault']['kind']}]")
    if exchange["nearest"]:
        found.append(f"nearest: {exchange['nearest']}")
    if exchange["why"]:
        found.append(exchange["why"])
    found += exchange["remarks"]
    found += [f"[{_violation(one)}]" for one in exchange["violations"]]
    found += [f"[unknown {_unknown(one)}]" for one in exchange["unknown"]]
    return [escape(remark) for remark in found]


def _flaw(exchange: Exchange) -> str | None:
    flaw = exchange["flaw"]
    return flaw and _FLAWS.get(flaw, flaw)


def _in_full(exchange: Exchange) -> Iterator[str]:
    flaw = _flaw(exchange)
    yield f"  {flaw}: {summary(exchange)}" if flaw else f"  {summary(exchange)}"
    for violation in exchange["violations"]:
        yield f"    {'wrong:' if violation['side'] == 'call' else 'broken:':<9} {_violation(violation)}"
    for unknown in exchange["unknown"]:
        yield f"    unknown:  {_unknown(unknown)}"
    if exchange["fault"]:
        yield f"    fault:    {exchange['fault']['id']} ({exchange['fault']['kind']})"
    yield f"    sent:     {_excerpt(exchange['call']['body'])}"
    yield f"    answered: {_excerpt(exchange['reply']['body'])}"
    if exchange["why"]:
        yield f"    why:      {exchange['why']}"
    for remark in exchange["remarks"]:
        yield f"    remark:   {remark}"
    if flaw and not is_broken_promise(exchange):
        yield f"    nearest:  {exchange['nearest'] or 'nothing is at all like it'}"


def _violation(violation: Mapping[str, Any]) -> str:
    where = f"{violation['place']}{violation['pointer']}"
    if not violation["expected"]:
        return f"{where}: {violation['message']}"
    text = f"{where}: expected {violation['expected']}, got {_got(violation)}"
    return f"{text}; nearest: {violation['nearest']}" if violation["nearest"] else text


def _got(violation: Mapping[str, Any]) -> str:
    """`string "x"` where the type is what is wrong, else the value alone."""
    value = violation["value"] or "nothing"
    if violation["keyword"] != "type" or value == "null":
        return str(value)
    number = "number" if set(value) & set(".eE") else "integer"
    return f"{_KINDS.get(value[0], number)} {value}"


def _unknown(unknown: Mapping[str, Any]) -> str:
    where = f"{unknown['place']}{unknown['pointer']}"
    return f"{where}, nearest: {unknown['nearest']}" if unknown["nearest"] else where


def _excerpt(body: str) -> str:
    if not body:
        return "no body"
    text = " ".join(body.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text)} characters)"
