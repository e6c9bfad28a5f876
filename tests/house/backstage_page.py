"""The page of backstage actions, made from contracts; `python -m tests.house.backstage_page` writes it."""

from typing import Any, Final

from mockserver.client.backstage_action import BackstageAction, list_actions
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from tests.house.sources import ROOT

PAGE: Final = ROOT / "docs" / "reference" / "backstage.md"
_INTRODUCTION: Final = """\
# Backstage actions

Tests and demos call these actions for what a person does in a vendor's own UI, and no public API offers.
Members with a question mark are optional.

- pytest and Python: `mockserver.backstage("ortto", "archive_audience", audience_id=…)`
- command line: `mockserver backstage` lists the actions, `mockserver backstage VENDOR ACTION …` runs one
- HTTP: `POST /_mock/worlds/{world}/backstage/{vendor}/{action}` with the members as a JSON object;
  `GET /_mock/vendors/{vendor}/backstage` is the contract of these actions, with their schemas

`python -m tests.house.backstage_page` writes this page from `contracts/*/backstage.yaml`.
"""


def page() -> str:
    """The whole page."""
    documents = [yaml_loader.read(path) for path in sorted(contracts().glob("*/backstage.yaml"))]
    return "\n".join([_INTRODUCTION, *map(_section, documents)])


def _section(document: dict[str, Any]) -> str:
    name = document["info"]["title"].removesuffix(" backstage")
    rows = map(_row, list_actions(document))
    return "\n".join([f"## {name}\n", "| action | members | what it does |", "|---|---|---|", *rows, ""])


def _row(action: BackstageAction) -> str:
    members = [*action["required"], *(f"{name}?" for name in action["optional"])]
    return f"| `{action['action']}` | {' '.join(f'`{one}`' for one in members)} | {action['summary']} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
