"""`mockserver routes`, `contract` and `lint`: what is promised, without a server."""

import json
from typing import Any

import click

from mockserver.cli.display import show
from mockserver.contract.contract import Contract
from mockserver.contract.provenance_report import format_evidence, format_summary, list_rules
from mockserver.errors import InvalidContractError
from mockserver.formats import yaml_loader
from mockserver.paths import contracts as folder
from mockserver.verify import vendor_lint


@click.command()
@click.argument("vendor", required=False)
def routes(vendor: str | None) -> None:
    """List the operations of a vendor, or of all."""
    contracts = {name: _read(name) for name in ([vendor] if vendor else vendor_lint.names())}
    members = ("vendor", "method", "path", "operation", "summary")
    found = [
        dict(zip(members, (name, one.method, one.path, one.id, one.summary), strict=True))
        for name, contract in contracts.items()
        for one in contract.operations.values()
    ]
    show(found, members, lambda: (list(one.values()) for one in found), "no operations")


@click.command(short_help="Print the contract of a vendor, an OpenAPI 3.1 document.")
@click.argument("vendor")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.option(
    "--provenance",
    "--ledger",
    "provenance",
    is_flag=True,
    help="Instead, list its rules, how each is known, and where it is documented or was observed.",
)
def contract(vendor: str, form: str, provenance: bool) -> None:
    """Print the contract of a vendor, a standard OpenAPI 3.1 document."""
    read = _read(vendor)
    if provenance:
        entries = list_rules(read)
        heads = ("kind", "name", "source", "", "documented or observed at", "rule")
        show(entries, heads, lambda: map(_line, entries), "no rules", format_summary(entries))
        return
    text = (folder() / vendor / "openapi.yaml").read_text(encoding="utf-8")
    if form == "yaml":
        click.echo(text, nl=False)
    else:
        document = yaml_loader.parse(text)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@click.command(short_help="Check contracts, their functions and their stories.")
@click.argument("vendors", nargs=-1)
def lint(vendors: tuple[str, ...]) -> int:
    """Check contracts, their functions and their stories; exit code 1 if something was found."""
    count = 0
    for name in vendors or vendor_lint.names():
        try:
            found = vendor_lint.lint_vendor(name)
        except (InvalidContractError, ImportError) as trouble:
            raise click.ClickException(str(trouble)) from trouble
        for diagnostic in found:
            click.echo(diagnostic)
        click.echo(f"{name}: {len(found) or 'nothing'} found")
        count += len(found)
    return 1 if count else 0


def _line(entry: dict[str, Any]) -> list[object]:
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


def _read(vendor: str) -> Contract:
    known = vendor_lint.names()
    if vendor not in known:
        raise click.ClickException(f"no vendor is named {vendor!r}; there are: {', '.join(known)}")
    try:
        return Contract.read(folder() / vendor / "openapi.yaml")
    except InvalidContractError as unfit:
        raise click.ClickException(str(unfit)) from unfit
