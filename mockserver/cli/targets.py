"""Where a server is that is looked at, live or a fake, and the credentials that let calls in."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import yaml

from mockserver import environment, vendors
from mockserver.app import create_app
from mockserver.binding.vendor import Vendor
from mockserver.cli.server_options import running
from mockserver.client import Control
from mockserver.errors import InvalidContractError
from mockserver.formats import yaml_loader
from mockserver.server.http_server import Server
from mockserver.verify.runner import Place


@dataclass(frozen=True, slots=True)
class Site:
    """What is verified: a live service by its base URL, a server of ours by its own, else one made here."""

    url: str | None
    control: str | None
    credentials: Mapping[str, str]


def vendor_named(name: str, contract: Path | None = None) -> Vendor:
    """The vendor (with another file of its contract), or one line that says which there are."""
    try:
        return vendors.find(name, contract)
    except InvalidContractError as unfit:
        raise click.ClickException(str(unfit)) from unfit


def credentials(vendor: Vendor, file: Path | None, given: Mapping[str, str]) -> dict[str, str]:
    """By the names of the contract's fields: from the environment, a file, and what was typed."""
    names = [one.name for one in vendor.contract.credentials]
    found = environment.credentials(names)
    if file is not None:
        found |= _in_file(file, vendor.name)
    found |= given
    for name in found:
        if name not in names:
            known = ", ".join(names)
            raise click.ClickException(f"{vendor.name} has no credential {name}; its own are: {known}")
    return found


def _in_file(file: Path, vendor: str) -> dict[str, str]:
    """The file's members, or those below the vendor's name."""
    try:
        document = yaml_loader.read(file)
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
    except yaml.YAMLError:
        why = "is neither YAML nor JSON"
    else:
        if isinstance(document, dict) and isinstance(document.get(vendor), dict):
            document = document[vendor]
        if isinstance(document, dict) and all(isinstance(value, str) for value in document.values()):
            return document
        why = "does not name credentials"
    raise click.ClickException(f"the credentials file {file} {why}; write lines like `api_key: …` into it")


@contextmanager
def places(vendor: Vendor, site: Site) -> Iterator[tuple[Callable[[], Place], list[str]]]:
    """What makes a place for each story, and all the secrets that were used in them."""
    secrets: list[str] = list(site.credentials.values())
    if site.url is not None:
        there = live(vendor, site)
        yield lambda: there, secrets
    elif site.control is not None:
        with running(site.control) as control:
            yield from _worlds(vendor, control, secrets)
    else:
        server = Server(create_app(vendors=(vendor.name,))).start()
        try:
            with running(server.url) as control:
                yield from _worlds(vendor, control, secrets)
        finally:
            server.stop()


def live(vendor: Vendor, site: Site) -> Place:
    """A live service, by its base URL."""
    url = (site.url or "").rstrip("/")
    demand_base_url(url)
    if not site.credentials:
        first = vendor.contract.credentials[0].name
        raise click.ClickException(
            f"nothing lets calls in; give --credential {first}=… or --credentials FILE"
        )
    return Place(url, site.credentials)


def demand_base_url(url: str) -> None:
    """One line that says how to write it, for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.ClickException(f"{url!r} is no base URL; write it as https://api.example.com")


def _worlds(
    vendor: Vendor, control: Control, secrets: list[str]
) -> Iterator[tuple[Callable[[], Place], list[str]]]:
    made = []
    token = environment.read().token
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def place() -> Place:
        world = control.create_world(scenario="demo")
        made.append(world)
        own = world.credentials(vendor.name)
        secrets.extend(own.values())
        return Place(world.url(vendor.name), own, world.name, f"{control.url}/_mock", headers)

    try:
        yield place, secrets
    finally:
        for world in made:
            world.delete()
