"""The selection of people or accounts by calls that change many, and results that are all errors."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from mockserver.errors import Problem

T = TypeVar("T", bound=Mapping[str, Any])


def select(
    selection: Mapping[str, Any],
    archived: bool,
    iterate: Callable[[bool], Iterable[T]],
    get: Callable[[str], T | None],
) -> Iterator[T]:
    """The selected records that are (or are not) archived: all or the included ids, less the excluded ids."""
    excluded = {id.lower() for id in selection.get("exclusion_ids", ())}
    if selection.get("all_rows_selected", False):
        yield from (record for record in iterate(archived) if record["id"] not in excluded)
        return
    for id in dict.fromkeys(id.lower() for id in selection.get("inclusion_ids", ())):
        record = get(id)
        if record is not None and record["archived"] is archived and id not in excluded:
            yield record


def require_one_accepted(results: list[dict[str, Any]], problem: str) -> None:
    """Raises the problem if all results are errors."""
    rejected = [result for result in results if "error" in result]
    if len(rejected) == len(results):
        raise Problem(problem, reason=rejected[0]["error"], details=rejected)
