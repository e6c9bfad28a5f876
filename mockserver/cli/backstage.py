"""`mockserver backstage`: lists and runs the backstage actions of vendors on a running server."""

import json
from typing import Any

import click

from mockserver.cli.display import print_table
from mockserver.cli.json_values import parse_value
from mockserver.cli.server_options import connect, world_options
from mockserver.client import Control
from mockserver.client.backstage_action import BackstageAction
from mockserver.formats.json_text import parse_json


class Member(click.ParamType[tuple[str, Any]]):
    """A member of an action's body, its value as JSON or text."""

    name = "member=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        name, equals, text = str(value).partition("=")
        if not (equals and name):
            self.fail(f"{value!r} is not a member with a value; write it like MEMBER=VALUE", param, ctx)
        return name, parse_value(text)


@click.command(short_help="List or run actions of the vendors' own UIs.")
@click.argument("vendor", required=False)
@click.argument("action", required=False)
@click.argument("members", metavar="[MEMBER=VALUE]...", nargs=-1, type=Member())
@click.option("--body", metavar="JSON", help="Body of the action as a JSON object; MEMBER=VALUE adds to it.")
@world_options()
def backstage(
    vendor: str | None,
    action: str | None,
    members: tuple[tuple[str, Any], ...],
    body: str | None,
    name: str | None,
    url: str,
) -> None:
    """Run ACTION of VENDOR in a world and print its reply as JSON; without ACTION, list what there is.

    A VALUE is JSON, or text if it is not valid JSON.
    """
    with connect(url) as control:
        if vendor is None or action is None:
            if body is not None:
                raise click.UsageError("--body has no effect without an action; name a vendor and an action")
            _list(control, [vendor] if vendor else [one["name"] for one in control.vendors()])
            return
        whole = {**_parse_body(body), **dict(members)}
        reply = control.world(name or "default").backstage(vendor, action, **whole)
    if reply is not None:
        click.echo(json.dumps(reply, indent=2, ensure_ascii=False))


def _list(control: Control, vendors: list[str]) -> None:
    found = [(name, one) for name in vendors for one in control.backstage_actions(name)]
    print_table(
        [{"vendor": name, **one} for name, one in found],
        ("vendor", "action", "members", "summary"),
        lambda: ([name, one["action"], _members(one), one["summary"]] for name, one in found),
        "no backstage actions",
    )


def _members(action: BackstageAction) -> str:
    return " ".join([*action["required"], *(f"[{name}]" for name in action["optional"])])


def _parse_body(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        body = parse_json(text)
    except ValueError as error:
        raise click.UsageError(f"--body is not valid JSON ({error}); quote it for your shell") from error
    if not isinstance(body, dict):
        raise click.UsageError('--body is not a JSON object; write it like \'{"name": "Spring"}\'')
    return body
