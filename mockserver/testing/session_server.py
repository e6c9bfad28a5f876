"""The server of a test session, in this process."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver import environment
from mockserver.app import create_app
from mockserver.contract.overlay import read_overlays
from mockserver.server.warm_up import WarmUp
from mockserver.state.portable_state import load_named
from mockserver.state.scenario import load_scenario
from mockserver.state.state_file import is_state_file
from mockserver.testing.local_control import LocalControl


def overlay_paths(config: pytest.Config) -> tuple[Path, ...]:
    """The overlays of the option, else of the ini file (relative to it), else of the environment."""
    given = [config.invocation_params.dir / one for one in config.getoption("mockserver_overlays")]
    return (*(given or config.getini("mockserver_overlays")),) or environment.read().overlays


@contextmanager
def start_server(
    vendors: tuple[str, ...], scenario: str, overlays: Iterable[Path] = ()
) -> Iterator[tuple[LocalControl, Any]]:
    """The client and the application of a server whose sockets open when a URL is first read."""
    read = read_overlays(overlays)
    if is_state_file(scenario):
        app = create_app(vendors=vendors, state=load_named(scenario), overlays=read)
    else:
        app = create_app(load_scenario(scenario) if scenario else None, vendors=vendors, overlays=read)
    control = LocalControl(app)
    with WarmUp(app.context, seed_data=True, error_messages=False) as warm_up:
        if vendors:  # without a choice, most of the vendors are not called in the session
            warm_up.start()
        yield control, app
        warm_up.stop()
    control.stop()
