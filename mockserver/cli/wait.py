"""`mockserver wait`: waits until a server is ready."""

import time
from typing import Final

import click

from mockserver import environment
from mockserver.cli.durations import Duration, positive_seconds
from mockserver.cli.targets import check_base_url
from mockserver.errors import ReplyLimitError, ServerUnreachableError
from mockserver.verify.http_client import HttpClient, Request, Response
from mockserver.verify.limits import MEBIBYTE, Limits
from mockserver.verify.transport_failure import explain_failure

_PAUSE: Final = 0.1
_PATIENCE: Final = 5.0  # for one reply
_READY: Final = 200


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
    """Wait until the mock server answers that it is ready: 0 then, 1 after the timeout."""
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
    request = Request("GET", f"{url}/_mock/ready")
    try:
        reply = HttpClient(limits=Limits(reply_bytes=MEBIBYTE, call_seconds=patience)).exchange(request)
    except ReplyLimitError as error:
        return str(error)
    except ServerUnreachableError as error:
        return explain_failure(error.__cause__ or error, url, patience).problem
    if reply.status != _READY:
        return f"status {reply.status}"
    return None if _is_of_mock_server(reply) else "what answers there is not a mock server"


def _is_of_mock_server(reply: Response) -> bool:
    body = reply.body
    is_ready = isinstance(body, dict) and body.get("status") == "ready"
    return is_ready and isinstance(body.get("seed_data_pending"), list)
