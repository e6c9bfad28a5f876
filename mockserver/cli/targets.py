"""Targets of `verify` and `diff` (live service, running mock server, built-in fake), with credentials."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

from mockserver import environment, vendors
from mockserver.app import create_app
from mockserver.binding.vendor import Vendor
from mockserver.cli.server_options import connect
from mockserver.client import Control
from mockserver.contract.overlay import Overlay
from mockserver.errors import FileTooLargeError, InvalidContractError
from mockserver.formats import yaml_loader
from mockserver.formats.base_url import is_base_url
from mockserver.server.http_server import Server
from mockserver.verify.runner import Target


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """A live service (`url`), a running mock server (`control_url`) or, with neither, a built-in fake."""

    url: str | None
    control_url: str | None
    credentials: Mapping[str, str]
    overlays: Sequence[Overlay] = ()
    """What adapts the built-in fake."""


def find_vendor(name: str, contract: Path | None = None, overlays: Sequence[Overlay] = ()) -> Vendor:
    """The vendor, with its own contract or another file, adapted by its overlays."""
    try:
        return vendors.find(name, contract, overlays)
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error


def collect_credentials(vendor: Vendor, file: Path | None, given: Mapping[str, str]) -> dict[str, str]:
    """Credentials by field name, from the environment, the file and the command line; later ones win."""
    names = [one.name for one in vendor.contract.credentials]
    found = environment.credentials(names)
    if file is not None:
        found |= _read_credentials(file, vendor.name)
    found |= given
    for name in found:
        if name not in names:
            known = ", ".join(names)
            raise click.ClickException(f"unknown credential {name!r} of {vendor.name} (available: {known})")
    return found


def _read_credentials(file: Path, vendor: str) -> dict[str, str]:
    """The members of the file, or those below the vendor's name."""
    try:
        document = yaml_loader.read(file)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except FileTooLargeError as error:
        reason = f"cannot be read ({error})"
    except yaml.YAMLError:
        reason = "is neither YAML nor JSON"
    else:
        if isinstance(document, dict) and isinstance(document.get(vendor), dict):
            document = document[vendor]
        if isinstance(document, dict) and all(isinstance(value, str) for value in document.values()):
            return document
        reason = "is not a mapping of names to texts"
    raise click.ClickException(f"the credentials file {file} {reason}; write lines like `api_key: …`")


@contextmanager
def open_targets(vendor: Vendor, options: TargetOptions) -> Iterator[tuple[Callable[[], Target], list[str]]]:
    """A function that returns a target for each story, and the list of all secrets in use (for redaction)."""
    secrets: list[str] = list(options.credentials.values())
    if options.url is not None:
        target = live_target(vendor, options)
        yield lambda: target, secrets
    elif options.control_url is not None:
        with connect(options.control_url) as control:
            yield from _world_targets(vendor, control, secrets)
    else:
        server = Server(create_app(vendors=(vendor.name,), overlays=options.overlays)).start()
        try:
            with connect(server.url) as control:
                yield from _world_targets(vendor, control, secrets)
        finally:
            server.stop()


def live_target(vendor: Vendor, options: TargetOptions) -> Target:
    """A live service. Raises `ClickException` without a valid base URL or credentials."""
    url = (options.url or "").rstrip("/")
    check_base_url(url)
    if not options.credentials:
        first = vendor.contract.credentials[0].name
        raise click.ClickException(f"no credentials given; pass --credential {first}=… or --credentials FILE")
    return Target(url, options.credentials)


def check_base_url(url: str) -> None:
    """Raises `ClickException` if the text is not an HTTP URL."""
    if not is_base_url(url):
        raise click.ClickException(f"invalid base URL {url!r}; write it like https://api.example.com")


def _world_targets(
    vendor: Vendor, control: Control, secrets: list[str]
) -> Iterator[tuple[Callable[[], Target], list[str]]]:
    created = []
    token = environment.read().token
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def make_target() -> Target:
        world = control.create_world(scenario="demo")
        created.append(world)
        credentials = world.credentials(vendor.name)
        secrets.extend(credentials.values())
        return Target(world.url(vendor.name), credentials, world.name, f"{control.url}/_mock", headers)

    try:
        yield make_target, secrets
    finally:
        for world in created:
            world.delete()
