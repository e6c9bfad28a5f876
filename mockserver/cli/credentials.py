"""`mockserver credentials`: lists, mints and revokes credentials of a world on a running server."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.durations import Duration
from mockserver.cli.server_options import with_world, world_options
from mockserver.client import World

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


@click.group(invoke_without_command=True, short_help="List, mint or revoke credentials of a world.")
@world_options()
@click.pass_context
def credentials(context: click.Context, name: str | None, url: str) -> None:
    """List, mint or revoke the credentials of a world on a running server."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@credentials.command(name="list")
@click.argument("vendor", required=False)
@with_world
def list_(world: World, vendor: str | None) -> None:
    """List credentials of VENDOR or of all, including ended ones."""
    found = [one.details for one in world.issued(vendor)]
    _show(found, f"no credentials of that vendor in world {world.name}")


@credentials.command()
@click.argument("vendor")
@click.option("--kind", metavar="FIELD", help="Credential field to mint, for a vendor that has several.")
@click.option("--tenant", help="Customer that owns the credential, for a vendor with several: other.")
@click.option("--expires", metavar="ISO", help="Expiry time on the world's clock.")
@click.option("--expires-in", type=Duration(), help="Lifetime on the world's clock, e.g. 2h.")
@with_world
def mint(
    world: World,
    vendor: str,
    kind: str | None,
    tenant: str | None,
    expires: str | None,
    expires_in: timedelta | None,
) -> None:
    """Mint a new credential of VENDOR and print it."""
    minted = world.mint(vendor, kind=kind, tenant=tenant, expires=expires, expires_in=expires_in)
    _show([minted.details], "")


@credentials.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@with_world
def revoke(world: World, ids: tuple[str, ...]) -> None:
    """Revoke credentials by id; the vendor then rejects them as unknown."""
    for id in ids:
        world.revoke(id)
    print_result({"revoked": [*ids]}, "\n".join(f"revoked {id}" for id in ids))


def _show(found: list[dict[str, Any]], nothing: str) -> None:
    print_table(
        found, [*_COLUMNS], lambda: ([read(one) for read in _COLUMNS.values()] for one in found), nothing
    )
