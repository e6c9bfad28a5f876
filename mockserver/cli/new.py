"""`mockserver new`: scaffolds a new vendor in a checkout of this project."""

from pathlib import Path
from typing import Any

import click

from mockserver.cli.display import format_option, print_result
from mockserver.errors import ScaffoldError
from mockserver.scaffold.from_document import DocumentVendor, vendor_from_document
from mockserver.scaffold.vendor import scaffold_vendor

_NEXT_STEPS = """
{title} is already served, linted, verified and tested, but its API is invented. Next:

  1. mockserver serve --vendor {name}
     and run the printed curl
  2. replace contracts/{name}/ by what the vendor documents (remove x-source: inferred from the root;
     contracts/README.md explains sources), and implement it in mockserver/vendors/{name}/;
     check with mockserver lint {name} and mockserver verify {name}
  3. complete the row in README.md, tests/vendors/test_{name}.py and CHANGELOG.md"""

_NEXT_STEPS_FROM_DOCUMENT = """
{title} is already served, linted and verified; what it does beyond the document is a guess. Next:

  1. mockserver serve --vendor {name}
     and run the printed curl
  2. correct what is marked x-source: inferred in contracts/{name}/openapi.yaml; where x-resource does not
     suffice, write a function of the operation's name in mockserver/vendors/{name}/;
     check with mockserver lint {name} and mockserver verify {name}"""


@click.command()
@click.argument("vendor")
@click.option("--title", help="Display name of the vendor; by default VENDOR with capitals.")
@click.option(
    "--from",
    "document",
    type=click.Path(path_type=Path),
    help="OpenAPI 3.0 or 3.1 document, in JSON or YAML, that the vendor is made from.",
)
@format_option()
def new(vendor: str, title: str | None, document: Path | None) -> None:
    """Scaffold VENDOR in a checkout of this project.

    Writes a minimal working vendor (contract, handlers, stories, tests) with an invented API, or a stateful
    fake of the API that a document describes.
    """
    try:
        read = vendor_from_document(document, vendor, title) if document else None
        scaffolded = scaffold_vendor(vendor, title, read.made if read else None)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    rows = [f"wrote    {path}" for path in scaffolded.written]
    rows += [f"changed  {path}" for path in scaffolded.changed]
    rows += _proposal(read) if read else []
    steps = _NEXT_STEPS_FROM_DOCUMENT if read else _NEXT_STEPS
    rows.append(steps.format(name=vendor, title=scaffolded.title))
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
