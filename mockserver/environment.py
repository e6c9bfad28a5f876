"""Environment variables: the only module that reads them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4700
_VENDOR_PATH: Final = "MOCKSERVER_VENDOR_PATH"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings from the environment; command-line options override them."""

    url: str
    """`MOCKSERVER_URL`: the running server that the command line controls."""
    token: str | None
    """`MOCKSERVER_TOKEN`: the token that a server requires, and that the command line and the tests send."""
    log_format: str
    """`MOCKSERVER_LOG_FORMAT`: the format of the access log: text, json or none."""
    overlays: tuple[Path, ...] = ()
    """`MOCKSERVER_OVERLAYS`: overlays of contracts, files or folders, separated like those of PATH."""


def credentials(names: Iterable[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Credentials of a live service by field name: `MOCKSERVER_CREDENTIAL_API_KEY` is api_key."""
    given = {name: environment.get(f"MOCKSERVER_CREDENTIAL_{name.upper()}") for name in names}
    return {name: value for name, value in given.items() if value}


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of an environment, by default of this process."""
    return Settings(
        url=environment.get("MOCKSERVER_URL") or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}",
        token=environment.get("MOCKSERVER_TOKEN") or None,
        log_format=environment.get("MOCKSERVER_LOG_FORMAT") or "none",
        overlays=tuple(
            Path(one) for one in environment.get("MOCKSERVER_OVERLAYS", "").split(os.pathsep) if one
        ),
    )


def cache(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The cache folder of this user; None for a user without a home directory."""
    return _own_folder(environment.get("XDG_CACHE_HOME"), ".cache")


def data(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The data folder of this user; None for a user without a home directory."""
    return _own_folder(environment.get("XDG_DATA_HOME"), ".local/share")


def _own_folder(given: str | None, usual: str) -> Path | None:
    try:
        root = Path(given) if given else Path.home() / usual
    except RuntimeError:
        return None
    return root / "audience-mockserver"


def vendor_path(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """`MOCKSERVER_VENDOR_PATH`: the folders with vendors from outside, separated like those of PATH."""
    return [Path(one) for one in environment.get(_VENDOR_PATH, "").split(os.pathsep) if one]


@contextmanager
def more_vendors(folders: Iterable[Path]) -> Iterator[None]:
    """Adds folders to the vendor path of this process and its children, for the length of the block.

    Blocks may end in any order: each takes away its own folders only.
    """
    own = [one.absolute() for one in folders]
    _set_vendor_path([*own, *vendor_path()])
    try:
        yield
    finally:
        left = vendor_path()
        for one in own:
            with suppress(ValueError):  # the variable was set to something else inside the block
                left.remove(one)
        _set_vendor_path(left)


def _set_vendor_path(folders: list[Path]) -> None:
    os.environ[_VENDOR_PATH] = os.pathsep.join(map(str, folders))
    if not folders:
        del os.environ[_VENDOR_PATH]


def inherited(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The value of a variable that a child process inherits; None if it is not set."""
    return environment.get(name) or None


def child(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: this one's, with changes."""
    return {**os.environ, **changes}
