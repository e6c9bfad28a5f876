"""The page of magic values, made from contracts; `python -m tests.house.magic_page` writes it."""

import textwrap
from collections.abc import Sequence
from typing import Final

from mockserver.binding.vendor import Vendor
from mockserver.contract.magic_values import spellings
from mockserver.contract.operation import Operation
from mockserver.vendors import Vendors
from tests.house.sources import ROOT
from tests.magic_calls import Place, find_place

PAGE: Final = ROOT / "docs" / "reference" / "magic-values.md"
_INTRODUCTION: Final = """\
# Magic values

A magic value is an identity in an ordinary call that provokes a named problem, without any call to the
control API: as an e-mail address `fail+<problem>@mockserver.test`, as an id or a name `fail-<problem>`, as
a number or a UUID that the tables below list. They are for people who try a demo, and for clients in other
processes; tests have [faults](faults.md), which can do more.

They are off, except in worlds made for demos: the [setting](worlds.md#settings) `magic_values` turns them
on (`mockserver settings --magic-values`, `mockserver.configure(magic_values=True)`, `settings` of a
scenario).

```python
import requests


def test_a_sync_that_is_in_progress(mockserver):
    mockserver.configure(magic_values=True)
    url = mockserver.url("fanfare") + "/api/v1/audiences/fail-sync_in_progress/sync"
    assert requests.post(url, headers=mockserver.headers("fanfare")).status_code == 409
    assert mockserver.journal()[0]["fault"]["kind"] == "magic_value"
```

- A magic value counts anywhere in the path, the query or the body of a call; the tables name the most
  natural place.
- It counts for the problems of the operation that is called, and is an ordinary value for any other; if it
  is an e-mail address, a remark in the journal says so, with the nearest problem.
- The call must have a valid credential and be within the rate limits. It is not validated otherwise, and
  has no effect.
- The first one in a call decides, the path before the query before the body.
- The journal shows it: `fault` has the kind `magic_value`, `remarks` the value. Coverage counts the call as
  replied by a fault.

No value provokes the problems of calls that reach no operation (an unknown path, method or vendor). The
operations below each table have no natural place for one, since their calls name no identity. The problems
of a missing or wrong credential are provoked like any other, by a call with a valid one.

`python -m tests.house.magic_page` writes this page from the contracts.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(_section(one) for one in Vendors(()).values())])


def _section(vendor: Vendor) -> str:
    found = [(one, find_place(vendor, one)) for one in vendor.contract.operations.values()]
    placed = [(one, place) for one, place in found if place]
    lacking = [one.id for one, place in found if not place]
    everywhere = [
        name for name in placed[0][0].problems if all(name in one.problems for one, _place in placed)
    ]
    problems = {name: spec for one, _place in placed for name, spec in one.problems.items()}
    shapes = {place.spelling for _one, place in placed}
    columns = [shape for shape in ("number", "uuid") if shape in shapes]
    unrouted = [name for name in vendor.contract.problems if name not in problems]
    parts = [
        f"## {vendor.contract.document.root['info']['title']}",
        "\n".join(
            [
                f"| problem | status |{''.join(f' {one} |' for one in columns)}",
                f"|---|---|{'---|' * len(columns)}",
                *(_problem_row(name, problems[name].status, columns) for name in sorted(problems)),
            ]
        ),
        _prose("Every operation of the next table has", everywhere),
        "\n".join(
            [
                f"| operation | where | {'further problems' if everywhere else 'problems'} |",
                "|---|---|---|",
                *(_operation_row(one, place, everywhere) for one, place in placed),
            ]
        ),
        _prose("Operations whose calls name no identity:", lacking),
        _prose("Problems of no operation in the table:", unrouted),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _prose(beginning: str, names: list[str]) -> str:
    text = f"{beginning} {_listed(names)}."
    return "\n".join(textwrap.wrap(text, 118, break_on_hyphens=False)) if names else ""


def _problem_row(name: str, status: int, columns: Sequence[str]) -> str:
    values = "".join(f" `{getattr(spellings(name), column)}` |" for column in columns)
    return f"| `{name}` | {status} |{values}"


def _operation_row(operation: Operation, place: Place, everywhere: list[str]) -> str:
    shape = {"email": "e-mail address", "text": "id or name", "number": "number", "uuid": "UUID"}
    where = f"{place.location} `{place.name}`, {shape[place.spelling]}"
    further = [name for name in operation.problems if name not in everywhere]
    return f"| `{operation.id}` | {where} | {_listed(further)} |"


def _listed(names: list[str]) -> str:
    return " ".join(f"`{one}`" for one in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
