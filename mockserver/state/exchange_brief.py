"""Exchanges in brief: what a list shows of them."""

from typing import Any

from mockserver.call import Exchange
from mockserver.state.verdicts import verdict_of

Brief = dict[str, Any]
"""The members of `ExchangeInBrief` of the control contract, without `test`."""


def brief_of(exchange: Exchange) -> Brief:
    """The exchange in brief."""
    return {
        "number": exchange["number"],
        "at": exchange["at"],
        "vendor": exchange["vendor"],
        "operation": exchange["operation"],
        "method": exchange["call"]["method"],
        "path": exchange["call"]["path"],
        "status": exchange["reply"]["status"],
        "verdict": verdict_of(exchange),
        "problem": exchange["problem"],
        "flaw": exchange["flaw"],
        "fault": exchange["fault"],
        "duration_us": exchange["duration_us"],
        "effect_counts": exchange["effect_counts"],
    }
