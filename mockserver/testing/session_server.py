"""The server of a test session, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mockserver.app import create_app
from mockserver.server.warm_up import WarmUp
from mockserver.state.portable_state import load_named
from mockserver.state.scenario import load_scenario
from mockserver.state.state_file import is_state_file
from mockserver.testing.local_control import LocalControl


@contextmanager
def start_server(vendors: tuple[str, ...], scenario: str) -> Iterator[tuple[LocalControl, Any]]:
    """The client and the application of a server whose sockets open when a URL is first read."""
    if is_state_file(scenario):
        app = create_app(vendors=vendors, state=load_named(scenario))
    else:
        app = create_app(load_scenario(scenario) if scenario else None, vendors=vendors)
    control = LocalControl(app)
    with WarmUp(app.context, seed_data=True, error_messages=False) as warm_up:
        if vendors:  # without a choice, most of the vendors are not called in the session
            warm_up.start()
        yield control, app
        warm_up.stop()
    control.stop()
