"""The page of the rules of conduct; `python -m tests.house.conduct_page` writes it from their catalogue."""

from typing import Any, Final

from mockserver import vendors
from mockserver.conduct.catalogue import RULES
from mockserver.conduct.rule import Rule
from tests.house.sources import ROOT
from tests.read_vendors import read_vendor

PAGE: Final = ROOT / "docs" / "reference" / "conduct.md"
_INTRODUCTION: Final = """\
# Rules of conduct

The conduct report says what a reviewer would say about a client's calls. It is judged from the journal of a
world, so it needs no change to the client and no further calls.

- pytest and Python: `mockserver.conduct()`, with `.assert_clean("warning")`, `.findings` and `.rules`;
  `without=["read-one-by-one"]` leaves rules out, `after=` the exchanges up to a number
- pytest, for all tests: `--mockserver-conduct[=FILE.json]`, and `--mockserver-fail-on conduct`
- command line: `mockserver conduct WORLD`, with `--without RULE`; it ends with 1 if there are findings
- any command: `mockserver run --conduct=FILE.json --fail-on conduct -- COMMAND`
- HTTP: `GET /_mock/worlds/{world}/conduct`

An **error** loses, doubles or leaks something, or locks the client out; a **warning** costs the client or the
vendor; an **info** could be better. Pauses are measured by the world's clock: where it is frozen, rules about
time find nothing unless the client [waits by it](pytest-plugin.md#waits). What only one vendor asks for is in
`x-conduct` of its [contract](../../contracts/README.md#conduct), and the rule holds for that vendor alone.
Calls before and after a snapshot is restored, as between the runs of a fault sweep, are judged apart.

Four things are not in the calls, and can be told to the report:

- how long a reply may take: `patience=` (`--patience`, 30 seconds by default). A client that waits longer for
  one that a fault delays or lets trickle has no timeout, or one for each piece only; servers with worlds in
  memory know it
- the values behind hashes: those of the world's people and those in calls are known, and `identifiers=` are
  more, as they were typed
- which members the client uses: `needs=mockserver.needs(function)` ([needs](needs.md))
- whether a contact takes messages: as the world has it when the report is made

Reads and logins more than ten minutes apart belong to different runs, as of a job that starts every hour,
and single records that are read or sent with pauses of ten seconds are events, not a loop.

What a client does with `null` in place of `[]` shows in its calls only if it asks again, and never gets
anything else. That it fails, or takes no record for a failure, shows in no call: `mockserver.needs` tries
`null` (`nulled`) for each member of an object, and says how the client fails; for a reply that is `null` as a
whole, test the client with a search that finds nothing.

`python -m tests.house.conduct_page` writes this page from `mockserver/conduct/catalogue.py`.

| rule | severity | why, and what to do | known from | holds for |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return _INTRODUCTION + "\n".join([*map(_row, RULES), ""])


def _row(rule: Rule) -> str:
    why = f"{rule.why} Fix: {rule.fix}."
    return f"| `{rule.name}` | {rule.severity} | {why} | {rule.known_from} | {_vendors(rule)} |"


def _vendors(rule: Rule) -> str:
    if not rule.needs:
        return "every vendor"
    holding = [name for name in vendors.names() if _knowledge(name).keys() & {*rule.needs}]
    return ", ".join(f"`{name}`" for name in holding)


def _knowledge(vendor: str) -> dict[str, Any]:
    found: dict[str, Any] = read_vendor(vendor).contract.document.root.get("x-conduct", {})
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
