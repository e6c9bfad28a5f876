"""Minimums of coverage: `PERCENT` of everything, or `operations=PERCENT` of one kind of item."""

from collections.abc import Collection, Iterator, Mapping

from mockserver.contract import coverage


def parse_minimum(text: str) -> tuple[str | None, float]:
    """The kind of item (None: all) and the percent. Raises `ValueError` with the ways to write it."""
    name, _, number = text.rpartition("=")
    kinds = {plural: kind for kind, plural in coverage.PLURALS.items()}
    try:
        percent = float(number)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100 or (name and name not in kinds):
        known = ", ".join(f"{plural}=PERCENT" for plural in kinds)
        raise ValueError(f"{text!r}; use PERCENT (0 to 100), or {known}")
    return kinds.get(name), percent


def below(items: Collection[coverage.CoverageItem], minimums: Mapping[str | None, float]) -> Iterator[str]:
    """A message for each minimum that was not reached."""
    if minimums and not items:
        yield "no vendor was called, so nothing is covered"
        return
    for kind, minimum in minimums.items():
        percent = coverage.percent(items, kind)
        if percent < minimum:
            name = coverage.PLURALS[kind] if kind else "everything"
            yield f"coverage of {name} is {percent:.2f} %, below the minimum of {minimum:g} %"
