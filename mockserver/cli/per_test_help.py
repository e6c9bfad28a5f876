"""The help on a world for each test, which `mockserver run --per-test` prints."""

from collections.abc import Callable
from typing import Any, Final

import click

_HELP: Final = """\
A world for each test, in parallel, with any test runner in any language:

  Before the test  POST $MOCKSERVER_URL/_mock/worlds with the body {"name": "NAME"}; the reply has the base
                   URL and the credentials of each vendor in this world.
  In the test      The client calls the vendor's own host with these credentials, which find the world.
                   A call without credentials finds it by the header X-Mockserver-World: NAME, or by the host
                   NAME.VENDOR.mockserver.test (without a proxy: NAME.VENDOR.mockserver.localhost:PORT).
  After the test   DELETE $MOCKSERVER_URL/_mock/worlds/NAME; its calls count in the report of the run.
"""


def per_test_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--per-test` to a command."""
    option = click.option(
        "--per-test",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_help,
        help="Explain how each test gets a world of its own, and exit.",
    )
    return option(command)


def _print_help(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(_HELP, nl=False)
        context.exit()
