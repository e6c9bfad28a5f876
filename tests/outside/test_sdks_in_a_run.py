"""Packages of others, unmodified, at the vendor's own URL, through `mockserver run`."""

import hashlib
import json
import os
import re
import sys
from pathlib import Path

import pytest

from mockserver.client import Control, World
from tests.house.sources import ROOT
from tests.outside import test_voyado_engage_client as voyado
from tests.outside.tools import NODE_MODULES, needs_tools, python_program, run
from tests.vendors.spotler import Spotler

HERE = Path(__file__).parent
RUN = (sys.executable, "-m", "mockserver", "run", "--people", "5")
PREPARE = "from tests.outside import test_sdks_in_a_run as this; this.prepare()"
SPOTLER = "https://restapi.mailplus.nl/integrationservice"
VOYADO = "https://shop.voyado.com"

pytestmark = needs_tools


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def prepare() -> None:
    """Makes a world for a package, and becomes the command that runs it: `VENDOR PYTHON SCRIPT`."""
    vendor, *command = sys.argv[1:]
    control = Control(os.environ["MOCKSERVER_URL"])
    world = control.create_world(now="2026-01-05T09:00:00Z", settings={"jobs": "immediate"})
    words = spotler_words(world) if vendor == "spotler" else voyado_words(world)
    os.execv(command[0], [*command, *words])  # noqa: S606 - the test's own command


def spotler_words(world: World) -> list[str]:
    """The arguments of `run_spotler_sdk.py`, after what it needs was added to the world."""
    id = hashlib.sha256(b"jan@example.com").hexdigest()
    Spotler(world).contact(id, email="jan@example.com", firstName="Jan")
    credentials = world.credentials("spotler")
    return [SPOTLER, credentials["consumer_key"], credentials["consumer_secret"]]


def voyado_words(world: World) -> list[str]:
    """The arguments of `voyado_engage_client.py`, after what it needs was added to the world."""
    contact, promotion = voyado.prepare(world)
    return [VOYADO, world.credentials("voyado")["apikey"], contact, promotion]


@pytest.mark.parametrize(
    ("vendor", "package", "script", "fewest"),
    [
        ("spotler", "spotler-sdk", "run_spotler_sdk.py", 15),
        ("voyado", "voyado-engage-client", "voyado_engage_client.py", 50),
    ],
)
def test_an_sdk_in_python(vendor: str, package: str, script: str, fewest: int, tmp_path: Path) -> None:
    """Its world is found by its credential alone."""
    journal = tmp_path / "journal.json"
    prepared = (sys.executable, "-c", PREPARE, vendor, python_program(package), str(HERE / script))
    run(*RUN, "--vendor", vendor, "--journal", str(journal), "--", *prepared, cwd=ROOT)
    urls = [one["call"]["url"] for one in json.loads(journal.read_text())]
    own = [url for url in urls if url.startswith(SPOTLER if vendor == "spotler" else VOYADO)]
    assert len(own) >= fewest
    assert [url for url in urls if url not in own and not re.match("http://127.0.0.1:", url)] == []


def test_a_signer_in_javascript(tmp_path: Path) -> None:
    """`@fcus/oauth-1-header` signs the URL that the client calls: the vendor's own."""
    if not (NODE_MODULES / "@fcus").is_dir():
        pytest.skip("run .ci/tools again: it installs @fcus/oauth-1-header now")
    names = ("--env", "KEY=spotler.consumer_key", "--env", "SECRET=spotler.consumer_secret")
    script = ("node", str(HERE / "spotler_header.cjs"), str(NODE_MODULES))
    output = run(*RUN, "--vendor", "spotler", *names, "--", *script, cwd=tmp_path)
    assert json.loads(output.splitlines()[0]) == [204, 200, 200, 401]
