"""`mockserver new`: scaffolds a new vendor, in a checkout of this project or as a package of its own."""

from pathlib import Path
from typing import Any, Final

import click

from mockserver.cli.display import format_option, print_result
from mockserver.errors import ScaffoldError
from mockserver.scaffold.from_document import DocumentVendor, vendor_from_document
from mockserver.scaffold.package import package_name
from mockserver.scaffold.vendor import scaffold_vendor

_IN_CHECKOUT: Final = """
{title} is already served, linted, verified and tested, but its API is invented. Next:

  1. mockserver serve --vendor {name}
     and run the printed curl
  2. replace contracts/{name}/ by what the vendor documents (remove x-source: inferred from the root;
     contracts/README.md explains sources), and implement it in mockserver/vendors/{name}/;
     check with mockserver lint {name} and mockserver verify {name}
  3. complete the row in README.md, tests/vendors/test_{name}.py and CHANGELOG.md"""
_IN_PACKAGE: Final = """
{title} is a package that is already served, linted, verified and tested, but its API is invented. Next:

  1. pip install -e {folder}
     and mockserver serve --vendor {name}, or mockserver serve --vendor-path {folder} without an installation
  2. replace {package}/contracts/{name}/ by what the vendor documents (remove x-source: inferred from the
     root), and implement it in {package}/;
     check with mockserver lint {name} and mockserver verify {name}
  3. complete README.md and tests/test_{name}.py"""
_DOCUMENT_IN_CHECKOUT: Final = """
{title} is already served, linted and verified; what it does beyond the document is a guess. Next:

  1. mockserver serve --vendor {name}
     and run the printed curl
  2. correct what is marked x-source: inferred in contracts/{name}/openapi.yaml; where x-resource does not
     suffice, write a function of the operation's name in mockserver/vendors/{name}/;
     check with mockserver lint {name} and mockserver verify {name}"""
_DOCUMENT_IN_PACKAGE: Final = """
{title} is a package that is already served, linted and verified; what it does beyond the document is a
guess. Next:

  1. pip install -e {folder}
     and mockserver serve --vendor {name}, or mockserver serve --vendor-path {folder} without an installation
  2. correct what is marked x-source: inferred in {package}/contracts/{name}/openapi.yaml; where x-resource
     does not suffice, write a function of the operation's name in {package}/;
     check with mockserver lint {name} and mockserver verify {name}"""


@click.command(short_help="Make a fake of an API, also from its OpenAPI document.")
@click.argument("vendor")
@click.option("--title", help="Display name of the vendor; by default VENDOR with capitals.")
@click.option(
    "--from",
    "document",
    type=click.Path(path_type=Path),
    help="OpenAPI 3.0 or 3.1 document, in JSON or YAML, that the vendor is made from.",
)
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write VENDOR to as a package of its own; by default it becomes a part of this checkout.",
)
@format_option()
def new(vendor: str, title: str | None, document: Path | None, into: Path | None) -> None:
    """Scaffold VENDOR in a checkout of this project, or as a package of its own (--into).

    Writes a minimal working vendor (contract, handlers, stories, tests) with an invented API, or a stateful
    fake of the API that a document describes.
    """
    try:
        read = vendor_from_document(document, vendor, title) if document else None
        scaffolded = scaffold_vendor(vendor, title, into, read.made if read else None)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    rows = [f"wrote    {path}" for path in scaffolded.written]
    rows += [f"changed  {path}" for path in scaffolded.changed]
    rows += _proposal(read) if read else []
    in_checkout, in_package = (
        (_DOCUMENT_IN_CHECKOUT, _DOCUMENT_IN_PACKAGE) if read else (_IN_CHECKOUT, _IN_PACKAGE)
    )
    words = {"name": vendor, "title": scaffolded.title, "folder": into, "package": package_name(vendor)}
    rows.append((in_package if into else in_checkout).format(**words))
    result: dict[str, Any] = {"vendor": vendor}
    result |= {"written": [*map(str, scaffolded.written)], "changed": [*map(str, scaffolded.changed)]}
    result |= {"operations": read.operations, "left_out": read.notes} if read else {}
    print_result(result, "\n".join(rows), text_in_pipes=True)


def _proposal(read: DocumentVendor) -> list[str]:
    """A table of what the fake does, and what of the document it leaves out."""
    width = max(map(len, read.operations))
    table = [f"  {id:{width}}  {words}" for id, words in read.operations.items()]
    left_out = ["", "left out:", *(f"  {one}" for one in read.notes)] if read.notes else []
    return ["", "operation -> what the fake does (inferred):", *table, *left_out]
