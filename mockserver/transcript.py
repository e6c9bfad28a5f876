"""Exchanges of a journal as text for people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_LONGEST: Final = 600
_FLAWS: Final = {
    "unknown_path": "unknown path",
    "unknown_method": "unknown method",
    "broken_promise": "broken promise",
}

Exchange = Mapping[str, Any]


def is_broken_promise(exchange: Exchange) -> bool:
    """Whether the server failed its own contract here, whoever called."""
    return bool(exchange["flaw"] == "broken_promise")


def line(exchange: Exchange) -> str:
    """One exchange on one line."""
    call, reply = exchange["call"], exchange["reply"]
    answer = f"{reply['status']} {exchange['problem'] or ''}".rstrip()
    shown = f"{exchange['number']:>5}  {exchange['at']}  {call['method']} {_target(exchange)} -> {answer}"
    return "  ".join([shown, *_remarks(exchange)])


def indictment(exchanges: Sequence[Exchange]) -> str:
    """What was wrong with these exchanges, each with its bodies and the nearest operation."""
    count = "one exchange was" if len(exchanges) == 1 else f"{len(exchanges)} exchanges were"
    lines = [f"mockserver: {count} not as any contract has it"]
    for exchange in exchanges:
        call, reply = exchange["call"], exchange["reply"]
        flaw = _FLAWS.get(exchange["flaw"], exchange["flaw"])
        lines += [
            "",
            f"  {flaw}: {call['method']} {_target(exchange)} -> {reply['status']}",
            f"    sent:     {_excerpt(call['body'])}",
            f"    answered: {_excerpt(reply['body'])}",
        ]
        if exchange["why"]:
            lines.append(f"    why:      {exchange['why']}")
        if not is_broken_promise(exchange):
            lines.append(f"    nearest:  {exchange['nearest'] or 'no operation is at all like it'}")
    if not all(map(is_broken_promise, exchanges)):
        lines += ["", "  meant to be? mark the test with @pytest.mark.mockserver(strict=False)"]
    return "\n".join(lines)


def _target(exchange: Exchange) -> str:
    """`/<vendor>/<path>?<query>`: the same in every world."""
    call = exchange["call"]
    return f"/{exchange['vendor']}{call['path']}{''.join(call['url'].partition('?')[1:])}"


def _remarks(exchange: Exchange) -> list[str]:
    remarks = []
    if exchange["flaw"]:
        remarks.append(f"[{_FLAWS.get(exchange['flaw'], exchange['flaw'])}]")
    if exchange["nearest"]:
        remarks.append(f"nearest: {exchange['nearest']}")
    if exchange["why"]:
        remarks.append(exchange["why"])
    remarks += exchange["remarks"]
    for unknown in exchange["unknown"]:
        meant = f", nearest: {unknown['nearest']}" if unknown["nearest"] else ""
        remarks.append(f"[unknown parameter {unknown['parameter']}{meant}]")
    return remarks


def _excerpt(body: str) -> str:
    if not body:
        return "no body"
    text = " ".join(body.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text)} characters)"
