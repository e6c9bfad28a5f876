"""`mockserver impact`: what a changed contract does to the tests whose needs are known."""

from pathlib import Path
from typing import Any

import click

from mockserver.cli.display import format_option, print_table
from mockserver.contract.document import Document
from mockserver.contract.schema import Schema
from mockserver.errors import InvalidContractError
from mockserver.formats import yaml_cache
from mockserver.formats.bounded_file import read_file
from mockserver.formats.json_text import parse_json
from mockserver.formats.sanitize import escape
from mockserver.needs.impact import Change
from mockserver.needs.report import FORMAT
from mockserver.paths import contracts


@click.command(short_help="Show which tests a changed contract hits.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--needs",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="File that pytest --mockserver-needs has written.",
)
@click.option("--vendor", help="Count only what the tests need of this vendor.")
@format_option()
def impact(old: Path, new: Path, file: Path, vendor: str | None) -> int:
    """Show which tests, and which members that they need, the change of a contract from OLD to NEW hits.

    OLD and NEW are OpenAPI documents (YAML or JSON) of one vendor. Exits with 1 if a test is hit.
    """
    tests = read_needs(file)
    try:
        change = Change(Document.read(old.resolve()), Document.read(new.resolve()))
        found = change.impacts(tests, vendor)
        called = {one for test in tests for one in change.operations(test, vendor)}
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error
    if not called:
        fix = "give the contract of a vendor that the tests call, or change --vendor"
        raise click.ClickException(f"no test in {file} calls an operation of {old}; {fix}")
    count = f"operations: {len(called)}, tests: {len(tests)}"
    print_table(
        {"impacts": [one.as_json() for one in found], "operations": sorted(called), "tests": len(tests)},
        ("test", "operation", "member", "change", "what"),
        lambda: ([one.test, one.operation, one.pointer, one.change, one.what] for one in found),
        f"nothing that you use changed ({count})",
        f"tests that are hit: {len({one.test for one in found})} of {len(tests)}",
    )
    return int(bool(found))


def read_needs(file: Path) -> list[dict[str, Any]]:
    """The reports in a file. Raises `click.ClickException` for any other file."""
    fix = "write it with pytest --mockserver-needs=FILE"
    try:
        found = parse_json(read_file(file))
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read ({error.strerror}); {fix}") from None
    except ValueError as error:
        raise click.ClickException(f"{file} is not JSON ({error}); {fix}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise click.ClickException(f"{file} does not hold needs ({FORMAT}); {fix}")
    for violation in Schema(yaml_cache.read(contracts() / "needs.schema.yaml"), {}).violations(found):
        place, message = escape(violation.pointer or "the root"), escape(violation.message)
        raise click.ClickException(f"{file} does not hold needs: {place} {message}; {fix}")
    tests: list[dict[str, Any]] = found["tests"]
    return tests
