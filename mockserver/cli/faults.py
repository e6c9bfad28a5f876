"""`mockserver faults`: lists, adds and removes faults of a world on a running server."""

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.durations import Delay, Duration
from mockserver.cli.json_values import parse_value
from mockserver.cli.server_options import with_world, world_options
from mockserver.client import World

_AIM: Final = ("vendor", "operation", "method", "path", "where", "query", "headers")
_MAPS: Final = ("where", "query", "headers", "reply_headers")
_TIMING: Final = ("after", "times", "every", "probability")


class Times(click.ParamType[int | str]):
    """A number of times, or `always`."""

    name = "number|always"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        text = str(value)
        if text != "always" and not text.isdecimal():
            self.fail(f"{text!r} is not a number of times; write a whole number or `always`", param, ctx)
        return text if text == "always" else int(text)


class Json(click.ParamType[Any]):
    """A JSON value; text that is not JSON is a string."""

    name = "json"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return parse_value(value) if isinstance(value, str) else value


class Condition(click.ParamType[tuple[str, Any]]):
    """A JSON pointer into the body and the value expected there, as JSON."""

    name = "pointer=value"
    example = "/name=VIP"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        pointer, equals, text = str(value).partition("=")
        if not equals:
            self.fail(f"{pointer!r} has no value; write it like {self.example}", param, ctx)
        return pointer, self.parse(text)

    def parse(self, text: str) -> Any:
        """The value in its text."""
        return Json().convert(text, None, None)


class Text(Condition):
    """The name of a query parameter or header and its text."""

    name = "name=value"
    example = "limit=100"

    def parse(self, text: str) -> Any:
        """The text as it is."""
        return text


@click.group(invoke_without_command=True)
@world_options()
@click.pass_context
def faults(context: click.Context, name: str | None, url: str) -> None:
    """List, add and remove the faults of a world."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@faults.command(name="list")
@with_world
def list_(world: World) -> None:
    """List faults in order of creation, including spent ones."""
    armed = world.faults.read()
    headers = ("id", "kind", "which calls", "when", "what", "seen", "spent")
    print_table(armed, headers, lambda: map(_row, armed), f"{world.name} has no faults")


@faults.command(short_help="Add a fault.")
@click.argument("kind")
@click.option("--vendor", help="Affect only calls to this vendor.")
@click.option("--operation", help="Affect only calls of this operation.")
@click.option("--method", help="Affect only calls with this HTTP method.")
@click.option("--path", help="Affect only calls with this path.")
@click.option(
    "--where",
    type=Condition(),
    multiple=True,
    help="Affect only calls with this value in the body, e.g. /name=VIP; repeatable.",
)
@click.option(
    "--query",
    type=Text(),
    multiple=True,
    help="Affect only calls with this query parameter, e.g. limit=100; repeatable.",
)
@click.option(
    "--header",
    "headers",
    type=Text(),
    multiple=True,
    help="Affect only calls with this header, e.g. Accept=text/csv; repeatable.",
)
@click.option("--after", type=int, help="Number of matching calls to let pass first.")
@click.option("--times", type=Times(), help="Number of calls to affect, or `always`.  [default: 1]")
@click.option("--every", type=int, help="Affect every n-th matching call.")
@click.option("--probability", type=float, help="Probability that a matching call is affected (0-1).")
@click.option("--problem", help="problem: name of the problem.")
@click.option("--details", type=Json(), help="problem: details of the problem, a JSON object.")
@click.option(
    "--reply-header",
    "reply_headers",
    type=Text(),
    multiple=True,
    help="problem, status, rate_limited: header of the response, e.g. Retry-After=30; repeatable.",
)
@click.option("--status", type=int, help="status: HTTP status of the response.")
@click.option("--body", type=Json(), help="status: body of the response, as JSON.")
@click.option(
    "--seconds",
    type=Delay(),
    help="latency: a duration, e.g. 200ms, 100ms..2s or 200ms~0.5 (median, spread), or JSON.",
)
@click.option(
    "--clock", is_flag=True, default=None, help="latency: advance the world's clock instead of waiting."
)
@click.option("--retry-after", type=Duration(), help="rate_limited: value of Retry-After, e.g. 30s.")
@click.option("--field", help="drift: JSON pointer to the response field.")
@click.option("--change", help="drift: removed, renamed, nulled or retyped.")
@click.option("--to", help="drift: new name of a renamed field.")
@click.option("--item", type=int, help="partial: index of the failed item, from 0.")
@with_world
def add(world: World, kind: Any, **options: Any) -> None:
    """Add a fault of this KIND: problem, status, latency, rate_limited, drop_before, drop_after, reset,
    truncate, trickle, garbage, drift, duplicate or partial.
    """
    values = {name: value for name, value in options.items() if value not in (None, ())}
    values |= {name: dict(values[name]) for name in _MAPS if name in values}
    if "retry_after" in values:
        values["retry_after"] = int(values["retry_after"].total_seconds())
    if values.get("times") == "always":
        values["times"] = None
    fault = world.faults.add(values.pop("vendor", None), values.pop("operation", None), kind, **values)
    print_result(fault.read(), f"added fault {fault.id}")


@faults.command()
@click.argument("ids", nargs=-1, required=True)
@with_world
def remove(world: World, ids: tuple[str, ...]) -> None:
    """Remove faults by id."""
    for id in ids:
        world.faults.remove(id)
    print_result({"removed": [*ids]}, "\n".join(f"removed fault {id}" for id in ids))


@faults.command()
@with_world
def clear(world: World) -> None:
    """Remove all faults."""
    world.faults.clear()
    print_result([], f"removed all faults of {world.name}")


def _row(fault: Mapping[str, Any]) -> list[object]:
    own = [name for name in fault if name not in {"id", "kind", "seen", "spent", *_AIM, *_TIMING}]
    described = [_describe(fault, names) for names in (_AIM, _TIMING, own)]
    return [
        fault["id"],
        fault["kind"],
        described[0] or "all",
        described[1] or "once",
        described[2],
        fault["seen"],
        fault["spent"],
    ]


def _describe(fault: Mapping[str, Any], names: tuple[str, ...] | list[str]) -> str:
    members = ((name, fault[name]) for name in names if name in fault)
    words = (f"{name} {one if isinstance(one, str) else json.dumps(one)}" for name, one in members)
    return ", ".join(words).replace("times null", "always")
