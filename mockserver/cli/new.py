"""`mockserver new`: scaffolds a new vendor in a checkout of this project."""

import click

from mockserver.cli.display import format_option, print_result
from mockserver.errors import ScaffoldError
from mockserver.scaffold.vendor import scaffold_vendor

_NEXT_STEPS = """
{title} is already served, linted, verified and tested, but its API is invented. Next:

  1. mockserver serve --vendor {name}
     and run the printed curl
  2. replace contracts/{name}/ by what the vendor documents (remove x-source: inferred from the root;
     contracts/README.md explains sources), and implement it in mockserver/vendors/{name}/;
     check with mockserver lint {name} and mockserver verify {name}
  3. complete the row in README.md, tests/vendors/test_{name}.py and CHANGELOG.md"""


@click.command()
@click.argument("vendor")
@click.option("--title", help="Display name of the vendor; by default VENDOR with capitals.")
@format_option()
def new(vendor: str, title: str | None) -> None:
    """Scaffold VENDOR in a checkout of this project.

    Writes a minimal working vendor (contract, handlers, stories, tests) with an invented API.
    """
    try:
        scaffolded = scaffold_vendor(vendor, title)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    rows = [f"wrote    {path}" for path in scaffolded.written]
    rows += [f"changed  {path}" for path in scaffolded.changed]
    rows.append(_NEXT_STEPS.format(name=vendor, title=scaffolded.title))
    files = {"written": [*map(str, scaffolded.written)], "changed": [*map(str, scaffolded.changed)]}
    print_result({"vendor": vendor, **files}, "\n".join(rows), text_in_pipes=True)
