"""`mockserver new`: a new vendor in a checkout of this project."""

import click

from mockserver.errors import ScaffoldError
from mockserver.scaffold.vendor import begin

_NEXT = """
{title} is served, linted, verified and tested already, but none of it is true yet. Next:

  1. mockserver serve --vendor {name}
     serves it; the printed curl is its first call
  2. write into contracts/{name}/ what the vendor documents (take x-source: inferred out of the root;
     contracts/README.md explains sources), and keep it in mockserver/vendors/{name}/;
     mockserver lint {name} and mockserver verify {name} say what does not fit
  3. tell of it: its row in README.md, tests/vendors/test_{name}.py, CHANGELOG.md"""


@click.command()
@click.argument("vendor")
@click.option("--title", help="What people call it; else its name with capitals.")
def new(vendor: str, title: str | None) -> None:
    """Start a new vendor in a checkout of this project.

    What is written is small, but whole, and to be replaced by what the vendor documents.
    """
    try:
        begun = begin(vendor, title)
    except ScaffoldError as reason:
        raise click.ClickException(str(reason)) from reason
    for path in begun.written:
        click.echo(f"wrote    {path}")
    for path in begun.changed:
        click.echo(f"changed  {path}")
    click.echo(_NEXT.format(name=vendor, title=begun.title))
