"""The public Python API: what `mockserver` exports, loaded lazily and typed."""

import subprocess
import sys
import typing
from collections.abc import Iterator
from typing import Any

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
    documented = set(schemas["Fault"]["properties"]) - {
        "id",
        "kind",
        "seen",
        "spent",
        "profile",
        "vendor",
        "operation",
    }
    assert set(typing.get_type_hints(Options)) == documented
    assert set(typing.get_args(Kind)) == set(KINDS)


def exchange_members(
    type_: type, schema: dict[str, Any], schemas: dict[str, Any]
) -> Iterator[tuple[str, set[str], set[str]]]:
    """The members of a TypedDict and those of its schema, also of what is inside."""
    hints = typing.get_type_hints(type_)
    yield type_.__name__, {*hints}, {*schema["properties"]}
    for name, hint in hints.items():
        inner = [one for one in (hint, *typing.get_args(hint)) if typing.is_typeddict(one)]
        below = schema["properties"][name]
        below = below.get("items", below)
        below = schemas[below["$ref"].rpartition("/")[2]] if "$ref" in below else below
        yield from (found for one in inner for found in exchange_members(one, below, schemas))


def test_an_exchange_has_the_members_of_its_contract_and_all_are_documented() -> None:
    schemas = Contract.read(contracts() / "control" / "openapi.yaml").document.root["components"]["schemas"]
    found = [*exchange_members(mockserver.Exchange, schemas["Exchange"], schemas)]
    assert len({name for name, _typed, _promised in found}) >= 9
    page = (ROOT / "docs" / "reference" / "python-api.md").read_text(encoding="utf-8")
    table = page.split("\n## Exchanges\n")[1].split("\n## ")[0]
    for name, typed, promised in found:
        assert typed == promised, name
        assert [member for member in typed if f"`{member}`" not in table] == [], name


CALLS = {
    '"ortto", None, "latency", seconds=1': "",
    '"ortto", None, "latency", secconds=1': "secconds",
    '"ortto", None, "latencey", seconds=1': "latencey",
}


@pytest.fixture(scope="module")
def mypy_lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines that mypy prints about the calls, the one of each file after its number."""
    pytest.importorskip("mypy", reason="mypy is in the extra dev")
    folder = tmp_path_factory.mktemp("typos")
    for number, call in enumerate(CALLS):
        (folder / f"test_client_{number}.py").write_text(
            "from mockserver import World\n"
            f"def test(mockserver: World) -> None:\n    mockserver.faults.add({call})\n"
        )
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(("call", "error"), CALLS.items())
def test_mypy_sees_a_typo(call: str, error: str, mypy_lines: list[str]) -> None:
    file = f"test_client_{[*CALLS].index(call)}.py:"
    told = [line for line in mypy_lines if file in line]
    assert bool(told) == bool(error), told
    assert error in "".join(told)
