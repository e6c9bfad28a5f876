"""Python client of the control API, used by the CLI and the pytest plugin; standard library only."""

import sys

from audience_mockserver import find_conflict
from mockserver.client.clock import Clock, Tick
from mockserver.client.connection import Connection
from mockserver.client.control import Control
from mockserver.client.credentials import Credential
from mockserver.client.faults import Fault, Faults
from mockserver.client.jobs import Jobs
from mockserver.client.journal import Journal
from mockserver.client.replay import Replay
from mockserver.client.world import World
from mockserver.errors import ControlError
from mockserver.formats import exchange_format

__all__ = [
    "Clock",
    "Connection",
    "Control",
    "ControlError",
    "Credential",
    "Fault",
    "Faults",
    "Jobs",
    "Journal",
    "Replay",
    "Tick",
    "World",
    "exchange_format",
]


def __getattr__(name: str) -> object:
    # MockServer's own client has overwritten mockserver/__init__.py, and imports its class from here.
    if name == "MockServerClient":
        raise ImportError(find_conflict(sys.path) or "this package is audience-mockserver's mockserver")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
