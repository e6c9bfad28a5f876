"""The option `--vendor-path` of every command that names vendors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mockserver import environment
from mockserver.errors import InvalidVendorError
from mockserver.homes import homes
from mockserver.vendors import Vendors


def _extend(context: click.Context, _option: click.Parameter, folders: tuple[Path, ...]) -> None:
    if folders:
        context.with_resource(environment.more_vendors(folders))
    try:
        homes()
    except InvalidVendorError as error:
        raise click.ClickException(str(error)) from error


def say_left_out(vendors: Vendors) -> None:
    """Prints which vendors from outside are not served, and why, to standard error."""
    for error in vendors.left_out:
        click.echo(f"mockserver: left out {error}", err=True)


vendor_path_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--vendor-path",
    metavar="DIR",
    type=click.Path(path_type=Path),
    multiple=True,
    is_eager=True,
    expose_value=False,
    callback=_extend,
    help="Folder with vendors from outside, besides installed ones and MOCKSERVER_VENDOR_PATH; repeatable.",
)
"""Extends the vendor path as long as the command runs, also for the processes that it starts."""
