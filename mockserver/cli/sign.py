"""`mockserver sign`: prints the headers that authenticate one call to a vendor of a running server."""

import re
from typing import Final

import click

from mockserver import environment
from mockserver.cli.display import format_option, print_result
from mockserver.cli.server_options import connect, token_option
from mockserver.cli.targets import find_vendor
from mockserver.cli.vendor_path import vendor_path_option

_URL: Final = re.compile(r"(?P<server>https?://[^/]+)(?:/w/(?P<world>[^/]+))?/(?P<vendor>[^/?]+)(?:[/?].*)?")


@click.command(short_help="Print the headers that authenticate a call.")
@click.argument("method")
@click.argument("url")
@vendor_path_option
@token_option()
@format_option()
def sign(method: str, url: str) -> None:
    """Print the headers that authenticate a call of METHOD and URL, signed now if the vendor signs calls.

    URL is that of the call on a running server; it names the world and the vendor.
    """
    found = _URL.fullmatch(url)
    if not found:
        example = f"http://{environment.DEFAULT_HOST}:{environment.DEFAULT_PORT}/VENDOR/…"
        raise click.UsageError(f"{url!r} is not the URL of a call; write it like {example}")
    name = found["vendor"]
    with connect(found["server"]) as control:
        world = control.world(found["world"] or "default")
        headers, credentials = world.headers(name), world.credentials(name)
    headers = headers or find_vendor(name).hooks.sign(method.upper(), url, credentials)
    if not headers:
        raise click.ClickException(f"calls to {name} need a session, not headers; log in first")
    rows = [f"{header}: {text}" for header, text in headers.items()]
    print_result(headers, "\n".join(rows), text_in_pipes=True)
