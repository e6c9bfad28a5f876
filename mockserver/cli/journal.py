"""`mockserver journal`: what was called and what was answered in a world of a running server."""

import json

import click

from mockserver import transcript
from mockserver.cli.remote import running, url_option


@click.command()
@click.argument("world", default="default")
@url_option()
@click.option("--vendor", help="Only exchanges with this vendor.")
@click.option("--operation", help="Only exchanges of this operation.")
@click.option("--status", type=int, help="Only exchanges that were answered with this status.")
@click.option("--flawed", is_flag=True, default=None, help="Only exchanges that something was wrong with.")
@click.option("--json", "as_json", is_flag=True, help="The whole exchanges, as one JSON array.")
def journal(
    world: str,
    url: str,
    vendor: str | None,
    operation: str | None,
    status: int | None,
    flawed: bool | None,
    as_json: bool,
) -> None:
    """Show what was called in a world of a running server."""
    with running(url) as control:
        exchanges = control.world(world).journal(
            vendor=vendor, operation=operation, status=status, flawed=flawed
        )
    if as_json:
        click.echo(json.dumps(exchanges, indent=2, ensure_ascii=False))
        return
    for exchange in exchanges:
        click.echo(transcript.line(exchange))
