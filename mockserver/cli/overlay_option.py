"""The option `--overlay` of the commands that read contracts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mockserver import environment
from mockserver.contract.overlay import Overlay, check_vendors, read_overlays
from mockserver.errors import InvalidContractError
from mockserver.vendors import names


def overlay_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--overlay`; the command gets the overlays as `overlays`."""
    return click.option(
        "--overlay",
        "overlays",
        metavar="FILE_OR_DIR",
        type=click.Path(path_type=Path),
        multiple=True,
        default=lambda: environment.read().overlays,
        show_default="MOCKSERVER_OVERLAYS",
        callback=lambda _context, _option, paths: _read(paths),
        help="OpenAPI overlay that adapts a contract to your account, or a folder of them; repeatable.",
    )(command)


def _read(paths: tuple[Path, ...]) -> tuple[Overlay, ...]:
    try:
        found = read_overlays(paths)
        check_vendors(found, names())
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error
    return found
