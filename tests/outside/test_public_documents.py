"""Fakes made from two public documents keep state, and pass Schemathesis as `mockserver verify` runs it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mockserver.client import Control, World
from tests.checkout import Checkout
from tests.outside.tools import NODE_MODULES, needs_tools
from tests.processes import PATIENCE

pytestmark = needs_tools

DOCUMENTS = {"pawshop": "3.0/json/petstore.json", "railways": "3.1/json/train-travel.json"}
PET = {"name": "Rex", "photoUrls": ["https://example.com/rex.png"], "status": "sold"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with the fakes of the package's documents."""
    parts = ("README.md", "pyproject.toml", "contracts", "fixtures", "mockserver")
    made = Checkout(tmp_path_factory.mktemp("public"), *parts)
    for name, document in DOCUMENTS.items():
        path = NODE_MODULES / "@readme" / "oas-examples" / Path(document)
        done = made.python("mockserver", "new", name, "--from", str(path))
        assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def world(checkout: Checkout) -> Iterator[World]:
    chosen = [word for name in DOCUMENTS for word in ("--vendor", name)]
    with checkout.serve(*chosen) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"ready at (http://\S+)", server.stdout.readline())
            assert found
            yield Control(found[1]).create_world()
        finally:
            server.terminate()


@pytest.mark.parametrize("name", [pytest.param("pawshop", marks=pytest.mark.thorough), "railways"])
def test_stories_and_schemathesis_find_nothing(checkout: Checkout, name: str) -> None:
    """The one with most operations is in a thorough run; here it is made, served and called."""
    output = checkout.python("mockserver", "verify", name, "--examples", "2").stdout
    assert re.search(rf"^{name}: nothing new, 0 accepted", output, re.MULTILINE), output
    assert re.search(r"^lint +\S+ +ok", output, re.MULTILINE), output
    assert re.search(r"^stories life_of_\w+ +ok", output, re.MULTILINE), output
    assert re.search(r"^fuzz +fuzzing \w+ +ok", output, re.MULTILINE), output


def test_pets(world: World) -> None:
    """Created, found by its status, replaced by the id in the body, removed."""
    url, headers = world.url("pawshop"), world.headers("pawshop")

    def send(method: str, path: str, **options: object) -> requests.Response:
        return requests.request(method, url + path, headers=headers, timeout=PATIENCE, **options)  # type: ignore[arg-type]

    pet = send("POST", "/pet", json=PET).json()
    assert send("GET", f"/pet/{pet['id']}").json() == pet == {"id": pet["id"], **PET}
    assert send("GET", "/pet/findByStatus", params={"status": "sold"}).json() == [pet]
    assert send("GET", "/pet/findByStatus", params={"status": "pending"}).json() == []
    assert send("PUT", "/pet", json={**pet, "name": "Max"}).json() == {**pet, "name": "Max"}
    assert send("DELETE", f"/pet/{pet['id']}").status_code == 204
    assert send("GET", f"/pet/{pet['id']}").status_code == 404
    assert send("GET", "/store/inventory").status_code == 200
    assert world.journal(operation="get_inventory")[-1]["remarks"]


def test_bookings(world: World) -> None:
    url, headers = world.url("railways") + "/bookings", world.headers("railways")
    trip = "ea399ba1-6d95-433f-92d1-83f67b775594"
    body = {"trip_id": trip, "passenger_name": "Ada", "has_bicycle": True}
    booking = requests.post(url, json=body, headers=headers, timeout=PATIENCE).json()
    assert booking.items() >= body.items()
    listed = requests.get(url, headers=headers, timeout=PATIENCE).json()["data"]
    assert [one["id"] for one in listed] == [booking["id"]]
    assert requests.delete(f"{url}/{booking['id']}", headers=headers, timeout=PATIENCE).status_code == 204
    missing = requests.get(f"{url}/{booking['id']}", headers=headers, timeout=PATIENCE)
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    assert missing.headers["Content-Type"] == "application/problem+json"
