"""What a view of the console loads and draws does not grow with the world: pages, and no full lists."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mockserver.client import Control, World
from tests.control.browser import Console
from tests.live_server import served
from tests.verify.chromium import program

pytestmark = pytest.mark.skipif(program() is None, reason="Chromium is not installed")

MOST_ELEMENTS = 2_500
MOST_BYTES = 500_000  # of the control API's replies
ROWS = "document.querySelectorAll('.table tbody tr').length"
FETCHED = """performance.getEntriesByType('resource').filter(one => one.name.includes('/_mock/'))
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
LARGE = pytest.param((100_000, 2_000), marks=pytest.mark.thorough)


@pytest.fixture(scope="module", params=[(600, 320), LARGE], ids=lambda size: f"{size[0]} people")
def world(request: Any) -> Iterator[World]:
    people, calls = request.param
    with served() as url:
        made = Control(url).create_world(people=people)
        fill_journal(made, calls)
        yield made


@pytest.fixture(scope="module")
def server(world: World) -> str:
    return world.url("ortto").split("/w/")[0]


def fill_journal(world: World, calls: int) -> None:
    """Calls whose bodies are as large as a page of people."""
    url, headers = f"{world.url('ortto')}/v1/person/get", world.headers("ortto")
    body: dict[str, Any] = {"limit": 50, "fields": ["str::first", "str::last", "str::email"]}
    with requests.Session() as session:
        for _ in range(calls):
            session.post(url, json=body, headers=headers, timeout=120)


def largest(world: World, vendor: str) -> dict[str, Any]:
    url = f"{world.url(vendor).split('/w/')[0]}/_mock/worlds/{world.name}/audiences"
    audiences = requests.get(url, timeout=300).json()["audiences"]  # it makes the records of all vendors
    own = [one for one in audiences if one["vendor"] == vendor]
    found: dict[str, Any] = max(own, key=lambda one: one["size"])
    return found


def addresses(world: World) -> dict[str, str]:
    audience = largest(world, "voyado")
    return {
        "calls": "calls",
        "one call": "calls?n=1",
        "errors": "calls?group=errors",
        "state": "state",
        "people": "state?vendor=ortto&collection=people",
        "members": f"state?vendor=voyado&collection={audience['collection']}&id={audience['id']}",
        "a name that many have": "state?person=example",
        "time": "time",
        "trouble": "trouble",
        "contract": "contract",
        "pictures": "pictures?vendor=voyado&days=365",
        "worlds": "worlds",
        "changes": "worlds?tab=changes",
    }


def test_a_view_loads_and_draws_a_page(page: Console, world: World) -> None:
    found = {}
    page.open(f"#/{world.name}/worlds")
    page.settle()
    for name, address in addresses(world).items():
        page.value("performance.clearResourceTimings()")
        page.go(f"#/{world.name}/{address}")
        found[name] = (page.value("document.querySelectorAll('*').length"), page.value(FETCHED))
    assert {name: one for name, one in found.items() if one[0] > MOST_ELEMENTS or one[1] > MOST_BYTES} == {}
    assert min(elements for elements, _ in found.values()) > 60  # each was drawn


def test_new_calls_do_not_lengthen_the_list(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/calls")
    page.see(".table tr", "get_people")
    page.click("Older calls")
    page.tab.wait_for_value(f"{ROWS} === 200")
    page.click("Older calls")
    page.tab.wait_for_value(f"{ROWS} === 300")
    page.value("scrollTo(0, 0)")
    fill_journal(world, 5)
    newest = "Number(document.querySelector('.table tbody tr').dataset.key)"
    page.tab.wait_for_value(f"{newest} >= 325")
    assert page.value(ROWS) == 300
