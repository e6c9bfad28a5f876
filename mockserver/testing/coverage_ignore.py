"""The parts of contracts that coverage leaves out: `VENDOR`, or `VENDOR/OPERATION` with `*` for any text."""

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from mockserver.contract.coverage import CoverageItem
from mockserver.formats.suggestions import nearest, suggest
from mockserver.homes import homes


class CoverageIgnore:
    """The parts of the contracts that do not count, as patterns such as `VENDOR/*_v2`."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = tuple(one if "/" in one else f"{one}/*" for one in patterns)

    def filter(self, items: Iterable[CoverageItem]) -> list[CoverageItem]:
        """The items that count."""
        return [item for item in items if not any(_matches(item, one) for one in self._patterns)]

    def unmatched(self, items: Collection[CoverageItem]) -> Iterator[str]:
        """A message for each pattern of no vendor, or that leaves out nothing of one that was called."""
        known = {*homes().found, *(item["vendor"] for item in items)}
        for pattern in self._patterns:
            vendor, _, operation = pattern.partition("/")
            if not any(fnmatchcase(one, vendor) for one in known):
                fix = f"write VENDOR or VENDOR/OPERATION, such as {nearest(vendor, known)}"
                yield f"{vendor} is to be left out of coverage, but is not a vendor; {fix}"
            own = [item for item in items if item["vendor"] == vendor]
            if own and not any(_matches(item, pattern) for item in own):
                near = suggest(operation, {item["operation"] or "" for item in own})
                hint = f" (nearest: {vendor}/{near})" if near else ""
                yield f"{pattern} is to be left out of coverage, but matches no operation{hint}"


def _matches(item: CoverageItem, pattern: str) -> bool:
    return fnmatchcase(f"{item['vendor']}/{item['operation'] or ''}", pattern)
