"""`mockserver settings`: shows and changes the settings of a world on a running server."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from mockserver.cli.display import print_table
from mockserver.cli.json_values import parse_value
from mockserver.cli.server_options import with_world_argument
from mockserver.client import World

_DEFAULT = "default"


class Assignment(click.ParamType[tuple[str, str, Any]]):
    """A limit or switch of a vendor, and its value as JSON or text; `default` is None."""

    name = "vendor.name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str, Any]:
        name, equals, text = str(value).partition("=")
        vendor, dot, own = name.partition(".")
        if not (equals and dot and own):
            self.fail(f"{value!r} is not a setting; write it like VENDOR.NAME=VALUE", param, ctx)
        if text == _DEFAULT:
            return vendor, own, None
        return vendor, own, parse_value(text)


@click.command(short_help="Show or change the settings of a world.")
@click.option("--jobs", metavar="on_time|no_events|immediate|manual", help="When scheduled jobs run.")
@click.option("--limits/--no-limits", default=None, help="Enforce the vendors' rate limits or not.")
@click.option(
    "--strictness",
    metavar="vendor|strict",
    help="Accept unknown properties and parameters as the vendor does, or reject them.",
)
@click.option(
    "--magic-values/--no-magic-values",
    default=None,
    help="Let identities such as fail+PROBLEM@mockserver.test provoke problems, or not.",
)
@click.option(
    "--rate",
    "rates",
    metavar="VENDOR.LIMIT=CALLS",
    type=Assignment(),
    multiple=True,
    help="Override a rate limit; repeatable.",
)
@click.option(
    "--switch",
    "switches",
    metavar="VENDOR.SWITCH=VALUE",
    type=Assignment(),
    multiple=True,
    help="Set a switch of a vendor; repeatable.",
)
@with_world_argument
def settings(
    world: World,
    jobs: str | None,
    limits: bool | None,
    strictness: str | None,
    magic_values: bool | None,
    rates: tuple[tuple[str, str, Any], ...],
    switches: tuple[tuple[str, str, Any], ...],
) -> None:
    """Show or change the settings of WORLD; the value `default` resets a setting."""
    values = {"jobs": jobs, "limits": limits, "strictness": strictness, "magic_values": magic_values}
    change: dict[str, Any] = {
        name: None if value == _DEFAULT else value for name, value in values.items() if value is not None
    }
    for name, values_of_vendors in (("rates", rates), ("switches", switches)):
        for vendor, own, value in values_of_vendors:
            change.setdefault(name, {}).setdefault(vendor, {})[own] = value
    chosen = world.configure(**change) if change else world.settings()
    print_table(chosen, ["setting", "value"], lambda: _flat(chosen), "no settings")


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
