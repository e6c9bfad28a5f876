"""What the environment says: the one module that reads it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4700


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set once for a whole shell; every option of the command line wins over it."""

    url: str
    """`MOCKSERVER_URL`: the running server that the command line drives."""
    token: str | None
    """`MOCKSERVER_TOKEN`: what a server asks for, and what the command line and the tests send it."""
    log_format: str
    """`MOCKSERVER_LOG_FORMAT`: how a server tells of its calls: text, json or none."""


def credentials(names: Iterable[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Credentials of a live service by their fields' names: `MOCKSERVER_CREDENTIAL_API_KEY` is api_key."""
    given = {name: environment.get(f"MOCKSERVER_CREDENTIAL_{name.upper()}") for name in names}
    return {name: value for name, value in given.items() if value}


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of an environment, by default of this process."""
    return Settings(
        url=environment.get("MOCKSERVER_URL") or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}",
        token=environment.get("MOCKSERVER_TOKEN") or None,
        log_format=environment.get("MOCKSERVER_LOG_FORMAT") or "none",
    )


def cache(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where this user's programs keep what they can make again; None for a user without a home."""
    told = environment.get("XDG_CACHE_HOME")
    try:
        root = Path(told) if told else Path.home() / ".cache"
    except RuntimeError:
        return None
    return root / "audience-mockserver"


def count_together(folder: str) -> None:
    """Tells prometheus_client, which asks the environment, where the workers of one server count."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
