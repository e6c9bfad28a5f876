"""`mockserver routes`, `contract` and `lint`: work on contract files, without a server."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import click
import yaml

from mockserver.cli.display import format_option, print_formatted, print_table
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.vendor_path import vendor_path_option
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.overlaid import read_contract
from mockserver.contract.overlay import Overlay, overlays_of
from mockserver.contract.provenance_report import format_evidence, format_summary, list_rules
from mockserver.errors import InvalidContractError
from mockserver.homes import homes
from mockserver.verify import vendor_lint
from mockserver.verify.evidence import read_evidence
from mockserver.verify.proof import is_recorded


@click.command()
@click.argument("vendor", required=False)
@vendor_path_option
@overlay_option
@format_option()
def routes(vendor: str | None, overlays: tuple[Overlay, ...]) -> None:
    """List the operations of VENDOR, or of all vendors.

    The tier of an operation is what its best witness is; `mockserver proof VENDOR` shows all of them.
    """
    contracts = {vendor: _read(vendor, overlays)} if vendor else _read_all(overlays)
    members = ("vendor", "method", "path", "operation", "tier", "summary")
    found = [
        dict(zip(members, (name, one.method, one.path, one.id, tier, one.summary), strict=True))
        for name, contract in contracts.items()
        for one, tier in _tiers(name, contract)
    ]
    print_table(found, members, lambda: (list(one.values()) for one in found), "no operations")


@click.command(short_help="Print the contract of a vendor (OpenAPI 3.1).")
@click.argument("vendor")
@vendor_path_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["yaml", "json", "text"]),
    show_default="yaml; with --provenance text on a terminal, json in a pipe",
    help="Output format: yaml or json of the document, text or json of --provenance.",
)
@click.option(
    "--provenance",
    "--ledger",
    "provenance",
    is_flag=True,
    help="List every rule of the contract with its source and evidence, instead of the document.",
)
@overlay_option
def contract(vendor: str, output_format: str | None, provenance: bool, overlays: tuple[Overlay, ...]) -> None:
    """Print the contract of VENDOR, a standard OpenAPI 3.1 document."""
    if output_format == ("yaml" if provenance else "text"):
        fix = "text or json" if provenance else "yaml or json"
        raise click.UsageError(f"--format {output_format} does not apply here; choose {fix}")
    read = _read(vendor, overlays)
    if provenance:
        entries = list_rules(read)
        headers = ("kind", "name", "source", "", "documented or observed at", "rule")
        output_format = output_format or ("text" if sys.stdout.isatty() else "json")
        rows = map(_row, entries)
        print_formatted(output_format, entries, headers, lambda: rows, "no rules", format_summary(entries))
        return
    if output_format == "json":
        click.echo(json.dumps(read.document.root, indent=2, ensure_ascii=False))
    elif read.has_overlays:  # the comments of the file are lost
        text = yaml.safe_dump(read.document.root, sort_keys=False, allow_unicode=True, width=120)
        click.echo(text, nl=False)
    else:
        click.echo(vendor_lint.contract_file(vendor).read_text(encoding="utf-8"), nl=False)


@click.command(short_help="Lint contracts, their handlers and their stories.")
@click.argument("vendors", nargs=-1)
@vendor_path_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@overlay_option
def lint(vendors: tuple[str, ...], output_format: str, overlays: tuple[Overlay, ...]) -> int:
    """Check that contracts are valid OpenAPI, follow the project's rules and match handlers and stories.

    Without VENDORS, all vendors are checked. Exits with 1 if anything is wrong.
    """
    found: list[LintDict] = []
    for name in vendors or vendor_lint.contract_names():
        try:
            diagnostics = vendor_lint.lint_vendor(name, overlays=overlays)
        except (InvalidContractError, ImportError) as error:
            raise click.ClickException(str(error)) from error
        found += [
            {"vendor": name, "where": one.where, "what": one.what, "fix": one.fix} for one in diagnostics
        ]
        if output_format == "text":
            for diagnostic in diagnostics:
                click.echo(diagnostic)
            click.echo(f"{name}: {len(diagnostics) or 'nothing'} found")
    if output_format == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    return 1 if found else 0


class LintDict(TypedDict):
    """A diagnostic as JSON."""

    vendor: str
    where: str
    what: str
    fix: str


def _tiers(vendor: str, contract: Contract) -> Iterator[tuple[Operation, str]]:
    """Each operation with its tier."""
    try:
        evidence = read_evidence(vendor)
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error
    for one in contract.operations.values():
        yield one, evidence.tier(one.id, is_recorded(contract, one.id))


def _row(entry: dict[str, Any]) -> list[object]:
    return [
        entry["kind"],
        entry["name"],
        entry["source"],
        _declared(entry),
        format_evidence(entry),
        entry["at"],
    ]


def _declared(entry: dict[str, Any]) -> str:
    if entry["own"]:
        return "own"
    return "inherited" if entry["said_at"] is not None else "undeclared"


def _read_all(overlays: Sequence[Overlay]) -> dict[str, Contract]:
    """All contracts; of those from outside, the good ones."""
    read: dict[str, Contract] = {}
    known = homes()
    for name in vendor_lint.contract_names():
        try:
            read[name] = read_contract(vendor_lint.contract_file(name), overlays_of(name, overlays))
        except InvalidContractError as error:
            if name not in known.refused and (name not in known.found or known.found[name].is_shipped):
                raise click.ClickException(str(error)) from error
            click.echo(f"mockserver: left out {error}", err=True)
    return read


def _read(vendor: str, overlays: Sequence[Overlay]) -> Contract:
    try:
        return read_contract(vendor_lint.contract_file(vendor), overlays_of(vendor, overlays))
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error
