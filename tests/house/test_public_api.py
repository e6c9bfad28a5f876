"""The public Python API: what `mockserver` exports, loaded lazily and typed."""

import subprocess
import sys
import typing
from pathlib import Path

import pytest

import mockserver
from mockserver.client.faults import Kind, Options
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from mockserver.state.faults import KINDS
from tests.house.sources import ROOT


@pytest.mark.parametrize("name", mockserver.__all__)
def test_every_name_is_there_and_listed(name: str) -> None:
    assert getattr(mockserver, name) is not None
    assert name in dir(mockserver)
    assert name == "__version__" or f"    {name} " in str(mockserver.__doc__)


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mockserver.nothing


def test_the_modules_are_those_of_the_names() -> None:
    assert {*mockserver._MODULES} | {"__version__"} == {*mockserver.__all__}


def test_importing_it_loads_nothing_of_the_project() -> None:
    script = "import sys, mockserver; print([name for name in sys.modules if name.startswith('mockserver.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_server_and_a_world_without_pytest() -> None:
    with mockserver.Server(mockserver.create_app(people=0)) as server:
        world = mockserver.Control(server.url).create_world(people=0)
        with mockserver.redirect(world, strict=True) as redirect:
            assert redirect.strict
        assert world.url("ortto").startswith(server.url)


def test_options_of_faults_are_those_of_the_contract() -> None:
    schemas = Contract.read(contracts() / "control" / "openapi.yaml").document.root["components"]["schemas"]
    documented = set(schemas["Fault"]["properties"]) - {"id", "kind", "seen", "spent", "vendor", "operation"}
    assert set(typing.get_type_hints(Options)) == documented
    assert set(typing.get_args(Kind)) == set(KINDS)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ('"ortto", None, "latency", seconds=1', ""),
        ('"ortto", None, "latency", secconds=1', "secconds"),
        ('"ortto", None, "latencey", seconds=1', "latencey"),
    ],
)
def test_mypy_sees_a_typo(call: str, error: str, tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is in the extra dev")
    test = tmp_path / "test_client.py"
    test.write_text(
        "from mockserver import World\n"
        f"def test(mockserver: World) -> None:\n    mockserver.faults.add({call})\n"
    )
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(test)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, error in done.stdout) == (1 if error else 0, True), done.stdout + done.stderr
