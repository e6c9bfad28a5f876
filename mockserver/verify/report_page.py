"""The page of a verification: verdict, facts, findings by cause, drift, operations."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mockserver.contract.contract import Contract
from mockserver.formats.html_page import render
from mockserver.verify.cause import find_causes
from mockserver.verify.drift import find_drift
from mockserver.verify.result import VerificationResult
from mockserver.verify.table import counted, table_rows

_TEMPLATE: Final = Path(__file__).with_name("report.html")


def report_page(contract: Contract, result: VerificationResult, facts: Mapping[str, str]) -> str:
    """The page; `facts` are the date, version and the like, by name."""
    heads, *rows = table_rows(contract, result)
    causes = [(cause, cause.first.key not in result.accepted) for cause in find_causes(result.findings)]
    return render(
        _TEMPLATE,
        title=f"{result.vendor} at {result.url}",
        result=result,
        verdict=counted(result),
        facts=facts,
        causes=sorted(causes, key=lambda one: not one[1]),
        drift=[str(one) for one in find_drift(contract, result.exchanges)],
        gone=result.stale_keys,
        heads=heads,
        rows=[row for row in rows if not _is_untouched(row)],
        uncalled=[row[0] for row in rows if _is_untouched(row)],
        skipped=[case for case in result.cases if case.skipped is not None],
    )


def _is_untouched(row: list[str]) -> bool:
    """Whether the operation of a row was not called, and nothing was found in it."""
    return row[1] == "0" and {*row[2:]} <= {"-"}
