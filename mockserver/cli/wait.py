"""`mockserver wait`: waits until a server is ready."""

import time
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import click

from mockserver import environment
from mockserver.cli.durations import Duration, positive_seconds
from mockserver.cli.targets import check_base_url

_PAUSE = 0.1
_PATIENCE = 5.0  # for one reply


@click.command(short_help="Wait until a server is ready.")
@click.option(
    "--url",
    default=lambda: environment.read().url,
    show_default="MOCKSERVER_URL, else http://127.0.0.1:4700",
    help="Base URL of the server.",
)
@click.option(
    "--timeout",
    type=Duration(),
    callback=positive_seconds,
    default="60s",
    show_default=True,
    help="How long to wait, e.g. 90s.",
)
def wait(url: str, timeout: float) -> int:
    """Wait until the server answers that it is ready: 0 then, 1 after the timeout."""
    check_base_url(url)
    deadline = time.monotonic() + timeout
    while True:
        reason = _reason(url.rstrip("/"), max(0.1, min(_PATIENCE, deadline - time.monotonic())))
        if reason is None:
            return 0
        if time.monotonic() + _PAUSE >= deadline:
            fix = "look at its log, or pass a longer --timeout"
            click.echo(f"mockserver: {url} is not ready after {timeout:g} s ({reason}); {fix}", err=True)
            return 1
        time.sleep(_PAUSE)


def _reason(url: str, patience: float) -> str | None:
    """Why the server is not ready; None if it is."""
    try:
        opener = build_opener(ProxyHandler({}))  # a proxy in the environment must not answer for it
        with opener.open(f"{url}/_mock/ready", timeout=patience) as reply:
            return None if reply.status == 200 else f"status {reply.status}"
    except URLError as error:
        return f"status {error.code}" if hasattr(error, "code") else str(error.reason)
    except (OSError, ValueError) as error:
        return str(error)
