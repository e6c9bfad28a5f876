"""`mockserver settings`: how a world on a running server behaves where there is a choice."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from mockserver.cli.display import show
from mockserver.cli.server_options import running, url_option

_DEFAULT = "default"


@click.command(short_help="Show the settings of a world, or change some.")
@click.argument("world", default="default")
@url_option()
@click.option("--jobs", metavar="on_time|immediate|manual", help="When vendors do what they do later.")
@click.option("--limits/--no-limits", default=None, help="Whether the vendors' rate limits are counted.")
@click.option("--strictness", metavar="vendor|strict", help="Whether what no contract knows is refused.")
@click.option("--rate", "rates", metavar="VENDOR.LIMIT=CALLS", multiple=True, help="Another rate of a limit.")
@click.option("--switch", "switches", metavar="VENDOR.SWITCH=VALUE", multiple=True, help="A vendor's switch.")
def settings(
    world: str,
    url: str,
    jobs: str | None,
    limits: bool | None,
    strictness: str | None,
    rates: tuple[str, ...],
    switches: tuple[str, ...],
) -> None:
    """Show the settings of a world, or change some; `default` as a value puts one back."""
    plain = {"jobs": jobs, "limits": limits, "strictness": strictness}
    change: dict[str, Any] = {
        name: None if value == _DEFAULT else value for name, value in plain.items() if value is not None
    }
    for name, words in (("rates", rates), ("switches", switches)):
        for word in words:
            vendor, own, value = _parts(word)
            change.setdefault(name, {}).setdefault(vendor, {})[own] = value
    with running(url) as control:
        there = control.world(world)
        chosen = there.configure(**change) if change else there.settings()
    show(chosen, ["setting", "value"], lambda: _flat(chosen), "no settings")


def _parts(word: str) -> tuple[str, str, Any]:
    name, equals, value = word.partition("=")
    vendor, dot, own = name.partition(".")
    if not (equals and dot and own):
        raise click.BadParameter(f"{word!r} does not say which and what; write it like VENDOR.NAME=VALUE")
    if value == _DEFAULT:
        return vendor, own, None
    try:
        return vendor, own, json.loads(value)
    except ValueError:
        return vendor, own, value


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
