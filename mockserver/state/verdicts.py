"""The verdict on an exchange: how it ended, in one word."""

from typing import Final

from mockserver.call import Exchange

VERDICTS: Final = ("fine", "refused", "violation", "fault", "broken")
"""`fine`; `refused`: the vendor answered with an error; `violation`: the call violates the contract, or calls
what it does not have; `fault`: a planned fault affected it; `broken`: this server broke the contract.
"""

_FIRST_ERROR: Final = 400


def verdict_of(exchange: Exchange) -> str:
    """The verdict; of several that apply, the one that explains the others."""
    if exchange["flaw"] == "broken_promise":
        return "broken"
    if exchange["fault"] is not None:
        return "fault"
    if exchange["flaw"] is not None or exchange["violations"] or exchange["unknown"]:
        return "violation"
    if exchange["problem"] is not None or exchange["reply"]["status"] >= _FIRST_ERROR:
        return "refused"
    return "fine"
