"""`mockserver new`: scaffolds a new vendor, in a checkout of this project or as a package of its own."""

from pathlib import Path

import click

from mockserver.cli.display import format_option, print_result
from mockserver.errors import ScaffoldError
from mockserver.scaffold.package import package_name
from mockserver.scaffold.vendor import scaffold_vendor

_NEXT_STEPS = """
{title} is already served, linted, verified and tested, but its API is invented. Next:

  1. mockserver serve --vendor {name}
     and run the printed curl
  2. replace contracts/{name}/ by what the vendor documents (remove x-source: inferred from the root;
     contracts/README.md explains sources), and implement it in mockserver/vendors/{name}/;
     check with mockserver lint {name} and mockserver verify {name}
  3. complete the row in README.md, tests/vendors/test_{name}.py and CHANGELOG.md"""
_NEXT_STEPS_OF_PACKAGE = """
{title} is a package that is already served, linted, verified and tested, but its API is invented. Next:

  1. pip install -e {folder}
     and mockserver serve --vendor {name}, or mockserver serve --vendor-path {folder} without an installation
  2. replace {package}/contracts/{name}/ by what the vendor documents (remove x-source: inferred from the
     root), and implement it in {package}/;
     check with mockserver lint {name} and mockserver verify {name}
  3. complete README.md and tests/test_{name}.py"""


@click.command()
@click.argument("vendor")
@click.option("--title", help="Display name of the vendor; by default VENDOR with capitals.")
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write VENDOR to as a package of its own; by default it becomes a part of this checkout.",
)
@format_option()
def new(vendor: str, title: str | None, into: Path | None) -> None:
    """Scaffold VENDOR in a checkout of this project, or as a package of its own (--into).

    Writes a minimal working vendor (contract, handlers, stories, tests) with an invented API.
    """
    try:
        scaffolded = scaffold_vendor(vendor, title, into)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    rows = [f"wrote    {path}" for path in scaffolded.written]
    rows += [f"changed  {path}" for path in scaffolded.changed]
    steps = _NEXT_STEPS if into is None else _NEXT_STEPS_OF_PACKAGE
    words = {"name": vendor, "title": scaffolded.title, "folder": into, "package": package_name(vendor)}
    rows.append(steps.format(**words))
    files = {"written": [*map(str, scaffolded.written)], "changed": [*map(str, scaffolded.changed)]}
    print_result({"vendor": vendor, **files}, "\n".join(rows), text_in_pipes=True)
