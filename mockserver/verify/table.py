"""The end of a verification on a terminal: operation by check, and what was found."""

from collections import Counter
from collections.abc import Iterator

from mockserver.contract.contract import Contract
from mockserver.verify.drift import drift
from mockserver.verify.result import STORY_CHECKS, Outcome

_FUZZ = "fuzz"


def table(contract: Contract, outcome: Outcome) -> list[str]:
    """One line for each operation: how often it was called, and what each check found."""
    calls = Counter(exchange.operation for exchange in outcome.exchanges)
    found = Counter(
        (finding.operation, _FUZZ if finding.phase == _FUZZ else finding.check)
        for finding in outcome.findings
    )
    phases = {case.phase for case in outcome.cases if case.skipped is None}
    checks = [*(STORY_CHECKS if "stories" in phases else ()), *((_FUZZ,) if _FUZZ in phases else ())]
    rows = [["operation", "calls", *checks]]
    for name in [*contract.operations, None]:
        if name is None and not calls[None] and not any(found[None, check] for check in checks):
            continue
        cells = [_cell(calls[name], found[name, check]) for check in checks]
        rows.append([name or "(none answers)", str(calls[name]), *cells])
    return list(_aligned(rows))


def _cell(calls: int, found: int) -> str:
    if found:
        return f"{found} found"
    return "ok" if calls else "-"


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def summary(contract: Contract, outcome: Outcome) -> list[str]:
    """How replies differ from the contract, what is new, what is accepted, and what was not tried."""
    lines = [f"drift: {one}" for one in drift(contract, outcome.exchanges)]
    lines += [f"new: {finding}" for finding in outcome.news]
    lines += [f"accepted, but not found any more: {key}" for key in outcome.gone]
    skipped = [case for case in outcome.cases if case.skipped is not None]
    lines += [f"not tried: {case.phase} {case.name}: {case.skipped}" for case in skipped]
    borne = len(outcome.findings) - len(outcome.news)
    tried = len(outcome.cases) - len(skipped)
    counts = f"{tried} tried, {len(skipped)} not, {sum(1 for _ in outcome.exchanges)} calls"
    lines.append(f"{outcome.vendor}: {len(outcome.news) or 'nothing'} new, {borne} accepted ({counts})")
    return lines
