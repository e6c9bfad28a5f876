"""`mockserver credentials`: what lets callers into a world of a running server: list, mint, revoke."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver.cli.clock import Duration
from mockserver.cli.display import show, tell
from mockserver.cli.server_options import running, url_option

_COLUMNS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = MappingProxyType(
    {
        "id": itemgetter("id"),
        "vendor": itemgetter("vendor"),
        "tenant": itemgetter("tenant"),
        "fields": itemgetter("fields"),
        "expires": itemgetter("expires"),
        "ended": lambda row: "revoked" if row["revoked"] else "expired" if row["expired"] else None,
    }
)


@click.group(invoke_without_command=True, short_help="List, mint or revoke what lets callers into a world.")
@click.option("--world", default="default", show_default=True, help="The world that it is about.")
@url_option()
@click.pass_context
def credentials(ctx: click.Context, url: str, world: str) -> None:
    """List what lets callers into a world of a running server, mint more, or revoke some."""
    ctx.obj = (url, world)
    if ctx.invoked_subcommand is None:
        _list(url, world, None)


@credentials.command(name="list")
@click.argument("vendor", required=False)
@click.pass_obj
def list_(where: tuple[str, str], vendor: str | None) -> None:
    """List the credentials of a vendor or of all, ended ones too."""
    _list(*where, vendor)


@credentials.command()
@click.argument("vendor")
@click.option("--kind", metavar="FIELD", help="The field that callers present, where a vendor has several.")
@click.option("--tenant", help="Whose it is, where a vendor has several customers: other.")
@click.option("--expires", metavar="ISO", help="When it ends by the world's clock.")
@click.option("--expires-in", type=Duration(), help="After how long it ends by the world's clock, like 2h.")
@click.pass_obj
def mint(
    where: tuple[str, str],
    vendor: str,
    kind: str | None,
    tenant: str | None,
    expires: str | None,
    expires_in: timedelta | None,
) -> None:
    """Mint a further credential of a vendor, and print it."""
    url, world = where
    with running(url) as control:
        minted = control.world(world).mint(
            vendor, kind=kind, tenant=tenant, expires=expires, expires_in=expires_in
        )
    _show([minted.shown], "")


@credentials.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def revoke(where: tuple[str, str], ids: tuple[str, ...]) -> None:
    """Revoke credentials by their ids: their vendor answers them as ones that it does not know."""
    url, world = where
    with running(url) as control:
        for id in ids:
            control.world(world).revoke(id)
    tell({"revoked": [*ids]}, "\n".join(f"{id} is revoked" for id in ids))


def _list(url: str, world: str, vendor: str | None) -> None:
    with running(url) as control:
        found = [one.shown for one in control.world(world).issued(vendor)]
    _show(found, f"{world} has no credentials of that vendor")


def _show(found: list[dict[str, Any]], nothing: str) -> None:
    show(found, [*_COLUMNS], lambda: ([read(one) for read in _COLUMNS.values()] for one in found), nothing)
