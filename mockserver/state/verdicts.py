"""The verdict on an exchange: how it ended, in one word."""

from typing import Final

from mockserver.call import Exchange

VERDICTS: Final = ("fine", "refused", "violation", "fault", "broken")
"""`fine`; `refused`: the vendor answered with an error; `violation`: the call violates the contract, or calls
what it does not have; `fault`: a planned fault affected it; `broken`: this server broke the contract.
"""

_FIRST_ERROR: Final = 400


def verdict_of(exchange: Exchange) -> str:
    """The verdict on an exchange."""
    return verdict(
        exchange["flaw"],
        exchange["fault"] is not None,
        bool(exchange["violations"] or exchange["unknown"]),
        exchange["problem"],
        exchange["reply"]["status"],
    )


def verdict(flaw: str | None, struck: bool, violates: bool, problem: str | None, status: int) -> str:
    """The verdict on a call with these facts; of several that apply, the one that explains the others."""
    if flaw == "broken_promise":
        return "broken"
    if struck:
        return "fault"
    if flaw is not None or violates:
        return "violation"
    if problem is not None or status >= _FIRST_ERROR:
        return "refused"
    return "fine"
