"""`mockserver faults`: what shall go wrong in a world of a running server."""

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from mockserver.cli.display import show, tell
from mockserver.cli.server_options import at_a_world, world_options
from mockserver.client import World

_AIM: Final = ("vendor", "operation", "method", "path", "where")
_TIMING: Final = ("after", "times", "every", "probability")


class Times(click.ParamType[int | str]):
    """How often: a number, or `always`."""

    name = "number|always"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        text = str(value)
        if text != "always" and not text.isdecimal():
            self.fail(f"{text!r} is neither a number nor `always`", param, ctx)
        return text if text == "always" else int(text)


class Json(click.ParamType[Any]):
    """A value as JSON writes it; what is no JSON is text."""

    name = "json"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return json.loads(str(value))
        except ValueError:
            return value


class Condition(click.ParamType[tuple[str, Any]]):
    """A JSON pointer and the value that stands there."""

    name = "pointer=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        pointer, equals, text = str(value).partition("=")
        if not equals:
            self.fail(f"{pointer!r} has no value, write it like /name=VIP", param, ctx)
        return pointer, Json().convert(text, param, ctx)


@click.group(invoke_without_command=True)
@world_options()
@click.pass_context
def faults(context: click.Context, name: str | None, url: str) -> None:
    """List the faults of a world, arm one, remove some or all."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@faults.command(name="list")
@at_a_world
def list_(world: World) -> None:
    """List them in the order in which they were armed, the spent ones too."""
    armed = world.faults.read()
    heads = ("id", "kind", "which calls", "when", "what", "seen", "spent")
    show(armed, heads, lambda: map(_row, armed), f"{world.name} has no faults")


@faults.command()
@click.argument("kind")
@click.option("--vendor", help="Calls of this vendor.")
@click.option("--operation", help="Calls of this operation.")
@click.option("--method", help="Calls with this method.")
@click.option("--path", help="Calls of this path.")
@click.option("--where", type=Condition(), multiple=True, help="Calls whose body says so there.")
@click.option("--after", type=int, help="So many of them pass first.")
@click.option("--times", type=Times(), help="So many are struck; 1 unless said.")
@click.option("--every", type=int, help="Each n-th is struck.")
@click.option("--probability", type=float, help="Of each strike.")
@click.option("--problem", help="problem: its name.")
@click.option("--details", type=Json(), help="problem: what varies in its text.")
@click.option("--status", type=int, help="status: which.")
@click.option("--body", type=Json(), help="status: what is answered.")
@click.option("--seconds", type=Json(), help="latency: how long, or a distribution.")
@click.option("--clock", is_flag=True, default=None, help="latency: it passes on the world's clock alone.")
@click.option("--retry-after", type=int, help="rate_limited: how many seconds to wait.")
@click.option("--field", help="drift: JSON pointer into the answer.")
@click.option("--change", help="drift: removed, renamed, nulled or retyped.")
@click.option("--to", help="drift: the new name.")
@click.option("--item", type=int, help="partial: which, from 0.")
@at_a_world
def add(world: World, kind: Any, **options: Any) -> None:
    """Arm a fault of this KIND: problem, status, latency, rate_limited, drop_before, drop_after, truncate,
    garbage, drift, duplicate or partial.
    """
    wish = {name: value for name, value in options.items() if value not in (None, ())}
    if "where" in wish:
        wish["where"] = dict(wish["where"])
    if wish.get("times") == "always":
        wish["times"] = None
    fault = world.faults.add(wish.pop("vendor", None), wish.pop("operation", None), kind, **wish)
    tell(fault.read(), f"{fault.id} is armed")


@faults.command()
@click.argument("ids", nargs=-1, required=True)
@at_a_world
def remove(world: World, ids: tuple[str, ...]) -> None:
    """Disarm faults by their ids."""
    for id in ids:
        world.faults.remove(id)
    tell({"removed": [*ids]}, "\n".join(f"{id} is gone" for id in ids))


@faults.command()
@at_a_world
def clear(world: World) -> None:
    """Disarm all faults."""
    world.faults.clear()
    tell([], f"{world.name} has no faults any more")


def _row(fault: Mapping[str, Any]) -> list[object]:
    own = [name for name in fault if name not in {"id", "kind", "seen", "spent", *_AIM, *_TIMING}]
    told = [_told(fault, names) for names in (_AIM, _TIMING, own)]
    return [
        fault["id"],
        fault["kind"],
        told[0] or "all",
        told[1] or "once",
        told[2],
        fault["seen"],
        fault["spent"],
    ]


def _told(fault: Mapping[str, Any], names: tuple[str, ...] | list[str]) -> str:
    shown = ((name, fault[name]) for name in names if name in fault)
    words = (f"{name} {one if isinstance(one, str) else json.dumps(one)}" for name, one in shown)
    return ", ".join(words).replace("times null", "always")
