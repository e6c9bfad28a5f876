"""`mockserver new --from` in a temporary checkout: the fake of a document works without edits."""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

from mockserver.client import Control, World
from tests.checkout import Checkout
from tests.child_pytest import run_alone
from tests.house.sources import ROOT
from tests.processes import PATIENCE, one_line, run
from tests.scaffold.fake import NOTES, SHOP


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with the vendors `petshop` and `jotter`, of what a server needs and the command changes."""
    parts = ("README.md", "pyproject.toml", "contracts", "fixtures", "mockserver")
    return Checkout(tmp_path_factory.mktemp("from"), *parts)


@pytest.fixture(scope="module")
def output(checkout: Checkout) -> str:
    """What the command says about `petshop`; `jotter` is made as well."""
    made = checkout.python("mockserver", "new", "petshop", "--from", str(SHOP), "--title", "Pet Shop")
    assert (made.returncode, made.stderr) == (0, "")
    with checkout.as_own():
        other = run("new", "jotter", "--from", str(NOTES), "--format", "json")
    assert json.loads(other.stdout)["operations"]["put_note"] == "replaces one of notes, or adds it"
    return made.stdout


@pytest.fixture(scope="module")
def world(checkout: Checkout, output: str) -> Iterator[World]:
    """A world of a server with both vendors."""
    assert output
    with checkout.serve("--vendor", "petshop", "--vendor", "jotter") as server:
        try:
            assert server.stdout is not None
            found = re.search(r"ready at (http://\S+)", server.stdout.readline())
            assert found
            yield Control(found[1]).create_world()
        finally:
            server.terminate()


def test_output(output: str) -> None:
    assert "wrote    contracts/petshop/openapi.yaml\n" in output
    table = output.partition("operation -> what the fake does (inferred):\n")[2].partition("\n\n")[0]
    assert re.search(r"^  create_pet +adds one to pets of owners$", table, re.MULTILINE)
    assert re.search(r"^  run_report +answers an example$", table, re.MULTILINE)
    assert "left out:\n  the parameter filter (deepObject): list_owners\n" in output
    assert "Pet Shop is already served, linted and verified" in output


def test_lint_and_verify_find_nothing(checkout: Checkout, output: str) -> None:
    assert output
    phases = ("--phase", "lint", "--phase", "stories")
    stories = checkout.python("mockserver", "verify", "petshop", *phases).stdout
    assert re.search(r"^lint +petshop +ok", stories, re.MULTILINE), stories
    assert re.search(r"^stories life_of_pets +ok", stories, re.MULTILINE)
    assert re.search(r"^petshop: nothing new", stories, re.MULTILINE), stories
    # It lints, too.
    everything = checkout.python("mockserver", "verify", "jotter", "--examples", "1").stdout
    assert re.search(r"^jotter: nothing new", everything, re.MULTILINE), everything


@pytest.mark.skipif(find_spec("ruff") is None, reason="needs ruff: the extra dev")
def test_generated_code_is_clean(checkout: Checkout, output: str) -> None:
    assert output
    folders = [f"mockserver/vendors/{name}" for name in ("petshop", "jotter")]
    for words in (["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"]):
        done = checkout.python(*words, *folders)
        assert done.returncode == 0, done.stdout + done.stderr


def test_everything_works_that_works_for_other_vendors(world: World) -> None:
    """Records, effects, differences, faults and coverage."""
    url, headers = world.url("petshop"), world.headers("petshop")
    world.snapshot("before")
    body = {"name": "Ada", "password": "p"}
    owner = requests.post(f"{url}/owners", json=body, headers=headers, timeout=PATIENCE).json()
    pet = requests.post(
        f"{url}/owners/{owner['id']}/pets", json={"kind": "dog"}, headers=headers, timeout=PATIENCE
    ).json()
    assert world.record("petshop", "pets", f"{owner['id']}/{pet['id']}") == pet
    created = world.journal(operation="create_pet")[-1]
    assert [(one["collection"], one["change"]) for one in created["effects"]] == [("pets", "added")]
    assert created["inferred"] == ["/paths/~1owners~1{ownerId}~1pets/post/x-resource"]
    assert len(world.diff("before")["changes"]) == 2
    world.faults.add("petshop", "get_owner", "problem", problem="not_found")
    # The reply of a fault does not cover the operation.
    assert requests.get(f"{url}/owners/{owner['id']}", headers=headers, timeout=PATIENCE).status_code == 404
    covered = world.coverage("petshop")["vendors"]["petshop"]["operation"]
    assert covered == {"covered": 2, "total": 14, "by_fault": 0}


def test_package_of_a_document_holds_its_contract(tmp_path: Path) -> None:
    made = run("new", "petshop", "--from", str(SHOP), "--title", "Pet Shop", "--into", str(tmp_path))
    assert (made.returncode, made.stderr) == (0, "")
    assert "Pet Shop is a package that is already served" in made.stdout
    assert "is proposed from an OpenAPI document" in (tmp_path / "README.md").read_text()
    tests = str(tmp_path / "tests")
    done = run_alone(tests, cwd=ROOT, timeout=300, MOCKSERVER_VENDOR_PATH=str(tmp_path))
    assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [("swagger: '2.0'", "is Swagger 2.0"), ("openapi: 3.1.0\npaths: {}", "has no paths")],
)
def test_bad_document_changes_nothing(checkout: Checkout, tmp_path: Path, text: str, reason: str) -> None:
    document = tmp_path / "api.yaml"
    document.write_text(text)
    before = checkout.files()
    with checkout.as_own():
        assert reason in one_line(run("new", "newcomer", "--from", str(document)))
    assert checkout.files() == before
