"""`mockserver demo`: serves the showcase, a retailer whose customers live as the clock moves."""

from typing import Any, Final

import click

from mockserver.cli.serve import serve

SHOWCASE: Final = "showcase"


@click.command()
@click.pass_context
def demo(context: click.Context, /, **given: Any) -> None:
    """Serve a demonstration: a retailer with a year behind it."""
    arguments = ["--scenario", SHOWCASE]
    for option in serve.params:
        values = given.get(option.name or "")
        for value in values if isinstance(values, tuple) else (values,):
            if value is not None:
                arguments += [option.opts[0], str(value)]
    with serve.make_context(context.info_name, arguments, parent=context.parent) as own:
        serve.invoke(own)


_OPTIONS: Final = ("host", "port", "seed", "people", "store", "token", "hosts", "vendor_path")
"""Those of `serve` that a demonstration needs; their defaults are its own."""

demo.params = [option for option in serve.params if option.name in _OPTIONS]
