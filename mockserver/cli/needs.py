"""`mockserver needs`: the members that the tests of a session need, also as an overlay or a Pact."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mockserver.cli.display import format_option, print_table
from mockserver.cli.impact import read_needs
from mockserver.cli.vendor_path import vendor_path_option
from mockserver.contract.document import Document
from mockserver.errors import InvalidContractError
from mockserver.homes import find_home
from mockserver.needs.comparable import comparable_contract
from mockserver.needs.needs_page import needs_page
from mockserver.needs.overlay import create_overlay
from mockserver.needs.pact import create_pact

_PATH = click.Path(path_type=Path)


@click.command(short_help="List which members of the replies the tests need.")
@click.argument("file", type=_PATH)
@click.option("--vendor", help="List, or write, only what the tests need of this vendor.")
@vendor_path_option
@click.option(
    "--html", type=_PATH, help="Write a page with the members, and how the tests fail without them."
)
@click.option("--overlay", type=_PATH, help="Write an OpenAPI overlay with only what is needed.")
@click.option("--contract", type=_PATH, help="OpenAPI document of the vendor, in place of the package's own.")
@click.option("--pact", type=_PATH, help="Write a Pact file with only what is needed.")
@click.option(
    "--pact-contract", type=_PATH, help="Write the contract in the form that PactFlow's comparator reads."
)
@click.option("--consumer", default="client", show_default=True, help="Name of the client in the Pact.")
@format_option()
def needs(
    file: Path,
    vendor: str | None,
    html: Path | None,
    overlay: Path | None,
    contract: Path | None,
    pact: Path | None,
    pact_contract: Path | None,
    consumer: str,
) -> None:
    """List the members of replies that the tests in FILE need; pytest --mockserver-needs writes it."""
    tests = read_needs(file)
    called = {call["vendor"] for test in tests for call in test["calls"]}
    if vendor is not None and vendor not in called:
        known = ", ".join(sorted(called)) or "none"
        raise click.ClickException(f"no test in {file} calls {vendor} (available: {known})")
    if html:
        _write_text(html, needs_page(tests, vendor))
    if overlay or pact or pact_contract:
        if vendor is None:
            raise click.UsageError("an overlay or a Pact is of one vendor; add --vendor NAME")
        document = _read_contract(vendor, contract)
        if overlay:
            _write(overlay, create_overlay(document, tests, vendor))
        if pact:
            _write(pact, create_pact(tests, vendor, consumer, document))
        if pact_contract:
            _write(pact_contract, comparable_contract(document))
    members = [*_members(tests, vendor)]
    headers = ("vendor", "operation", "member", "test")
    print_table(members, headers, lambda: (list(one.values()) for one in members), "nothing is needed")


def _members(tests: list[dict[str, Any]], vendor: str | None) -> Iterator[dict[str, str]]:
    for test in tests:
        for member in test["members"]:
            if member["used"] and vendor in (None, member["vendor"]):
                named = {name: member[name] for name in ("vendor", "operation", "pointer")}
                yield {**named, "test": test["test"]}


def _read_contract(vendor: str, file: Path | None) -> Document:
    try:
        return Document.read((file or find_home(vendor).contract).resolve())
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error


def _write(file: Path, content: dict[str, Any]) -> None:
    _write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _write_text(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written ({error.strerror}); name another") from None
