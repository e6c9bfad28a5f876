"""Terminal report of a verification: a table of operations by check, and a summary."""

from collections import Counter

from mockserver.contract.contract import Contract
from mockserver.formats.columns import align
from mockserver.verify.cause import find_causes
from mockserver.verify.drift import find_drift
from mockserver.verify.result import STORY_CHECKS, VerificationResult

_FUZZ = "fuzz"
_FOUND = "found"


def table(contract: Contract, result: VerificationResult) -> list[str]:
    """One line per operation: the number of calls and the findings of each check."""
    return list(align(table_rows(contract, result)))


def table_rows(contract: Contract, result: VerificationResult) -> list[list[str]]:
    """The cells of the table; the first row is its head."""
    calls = Counter(exchange.operation for exchange in result.exchanges)
    found = Counter(
        (finding.operation, check)
        for finding in result.findings
        for check in (_FUZZ if finding.phase == _FUZZ else finding.check, _FOUND)
    )
    phases = {case.phase for case in result.cases if case.skipped is None}
    checks = [*(STORY_CHECKS if "stories" in phases else ()), *((_FUZZ,) if _FUZZ in phases else ())] or [
        _FOUND
    ]
    rows = [["operation", "calls", *checks]]
    for name in [*contract.operations, None]:
        if name is None and not calls[None] and not any(found[None, check] for check in checks):
            continue
        cells = [_cell(calls[name], found[name, check]) for check in checks]
        rows.append([name or "(no operation)", str(calls[name]), *cells])
    return rows


def _cell(calls: int, found: int) -> str:
    if found:
        return f"{found} found"
    return "ok" if calls else "-"


def summary(contract: Contract, result: VerificationResult) -> list[str]:
    """Drift, new findings, stale baseline entries, cases not carried out or skipped, and the counts."""
    lines = [f"drift: {one}" for one in find_drift(contract, result.exchanges)]
    lines += [f"new: {one}" for one in find_causes(result.new_findings)]
    lines += [f"accepted, but no longer found: {key}" for key in result.stale_keys]
    skipped = [case for case in result.cases if case.skipped is not None]
    lines += [f"not carried out: {case.phase} {case.name}: {case.obstacle}" for case in result.hindered]
    lines += [f"skipped: {case.phase} {case.name}: {case.skipped}" for case in skipped]
    return [*lines, f"{result.vendor}: {counted(result)}"]


def counted(result: VerificationResult) -> str:
    """The counts of findings, cases and calls in words."""
    accepted = len(result.findings) - len(result.new_findings)
    skipped = sum(1 for case in result.cases if case.skipped is not None)
    hindered = f"{len(result.hindered)} not carried out, " if result.hindered else ""
    calls = sum(1 for _ in result.exchanges)
    counts = f"{len(result.completed)} run, {hindered}{skipped} skipped, {calls} calls"
    new, causes = len(result.new_findings), len(find_causes(result.new_findings))
    folded = f" of {causes} {'cause' if causes == 1 else 'causes'}" if causes != new else ""
    return f"{new or 'nothing'} new{folded}, {accepted} accepted ({counts})"
