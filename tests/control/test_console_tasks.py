"""The console in real Chromium: tasks in few clicks, hostile texts, token, keyboard, narrow windows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.server.http_server import Server
from tests.control.browser import Console, console
from tests.control.cutting_door import CuttingDoor
from tests.loopback import opened
from tests.processes import Run
from tests.verify.chromium import Browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="Chromium is not installed")

pytest_plugins = ["pytester"]
MOST_CLICKS = 5
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}\u202e'


@pytest.fixture
def world(server: str) -> Iterator[World]:
    made = Control(server).create_world(people=20)
    yield made
    made.delete()


def send(
    world: World, vendor: str, method: str, path: str, body: Any = None, **headers: str
) -> requests.Response:
    given = {**world.headers(vendor), **headers}
    return requests.request(method, world.url(vendor) + path, json=body, headers=given, timeout=20)


def ask(world: World, **body: Any) -> None:
    send(world, "ortto", "POST", "/v1/audiences/get", body)


def add_person(world: World, email: str) -> None:
    body = {"people": [{"fields": {"str::email": email}}], "merge_by": ["str::email"]}
    assert send(world, "ortto", "POST", "/v1/person/merge", body).ok


# Tasks


def test_find_why_a_call_was_refused(page: Console, world: World) -> None:
    ask(world, limit=2)
    ask(world, limit="ten", ofset=0)
    page.open(f"#/{world.name}/calls")
    page.click("request_invalid", selector=".problem")
    why = page.see(".why")
    assert why.startswith("Nearest right: offset")  # the nearest right value before all else
    assert "'ten' is not of type 'integer'" in why
    assert page.clicks <= MOST_CLICKS


def test_see_what_a_call_changed(page: Console, world: World) -> None:
    add_person(world, "ann@shop.example")
    page.open(f"#/{world.name}/calls")
    page.click("merge_people", selector=".op")
    assert "ortto.people +1" in " ".join(page.see(".detail .row .badge", "ortto.people").split())
    page.click("fields: {…}", selector=".effects summary")
    page.click("fields", selector=".effects .members summary")
    page.see(".effects .leaf", "ann@shop.example")
    assert page.clicks <= MOST_CLICKS


def test_copy_an_assertion_that_passes_in_pytest(page: Console, world: World, run: Run) -> None:
    ask(world, limit=2, search_term="it's “new”")
    page.open(f"#/{world.name}/calls")
    page.click("get_audiences", selector=".op")
    page.click("Copy as assertion")
    page.see(".toast", "Copied: paste it into a test that uses the fixture mockserver.")
    assertion = page.clipboard()
    assert page.clicks <= MOST_CLICKS
    call = {"limit": 2, "search_term": "it's “new”"}
    lines = [
        "def test_pasted(mockserver):",
        "    url = mockserver.url('ortto') + '/v1/audiences/get'",
        f"    requests.post(url, json={call!r}, headers=mockserver.headers('ortto'), timeout=20)",
        *(f"    {line}" for line in assertion.splitlines()),
        "def test_not_called(mockserver):",
        *(f"    {line}" for line in assertion.splitlines()),
    ]
    run("\n".join(lines), "-q").assert_outcomes(passed=1, failed=1)


def test_return_to_a_snapshot(page: Console, world: World) -> None:
    world.snapshot("before-the-sale")
    before = world.state_hash()
    add_person(world, "ann@shop.example")
    assert world.state_hash() != before
    page.open(f"#/{world.name}/worlds")
    page.click("Snapshots")
    page.click("Restore")
    page.see(".toast", "The world is as it was at “before-the-sale”.")
    assert world.state_hash() == before
    assert page.clicks <= MOST_CLICKS


def test_see_what_has_changed_since_a_snapshot(page: Console, world: World) -> None:
    add_person(world, "early@shop.example")
    world.snapshot("before-the-sale")
    add_person(world, "late@shop.example")
    page.open(f"#/{world.name}/worlds")
    page.click("Snapshots")
    page.click("What has changed since")
    page.see("summary", "ortto.people 1 record")
    page.choose("select[name=from]", "start")
    page.see("summary", "ortto.people 2 records")
    assert "from=start" in page.value("location.hash")  # so that it can be sent to a colleague


def test_make_fork_and_delete_a_world(page: Console, server: str, world: World) -> None:
    page.open(f"#/{world.name}/worlds")
    page.click("Fork")
    page.write(f"{world.name}-2")
    page.press("Enter")
    page.see("h1", f"{world.name}-2")
    names = [one.name for one in Control(server).worlds()]
    assert f"{world.name}-2" in names
    page.click("Delete")
    page.click("Delete", within="dialog")
    page.see("h1", "default")
    assert f"{world.name}-2" not in [one.name for one in Control(server).worlds()]


def test_a_mistake_in_a_dialog_is_said_there(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/worlds")
    page.click("New world")
    page.write(world.name)
    page.press("Enter")
    assert world.name in page.see("dialog [role=alert]", "exists")
    page.press("Escape")
    page.tab.wait_for_value("!document.querySelector('dialog')")


def test_share_a_world(browser: Browser, page: Console, server: str, world: World) -> None:
    ask(world, limit=2)
    add_person(world, "ann@shop.example")
    page.open(f"#/{world.name}/worlds")
    page.click("Share")
    page.click("Make a link")
    page.click("Copy link")
    page.see(".toast", "Copied: send it to your guest.")
    link = page.clipboard()
    assert page.clicks <= MOST_CLICKS
    (made,) = requests.get(f"{server}/_mock/worlds/{world.name}/links", timeout=20).json()["links"]
    assert made["role"] == "viewer"
    with console(browser, server) as guest:
        guest.open(link.removeprefix(f"{server}/"))
        guest.see("h1", "Calls")
        assert "link=" not in guest.value("location.href")  # on no screen, in no history
        name = guest.value("location.hash").split("/")[1]
        assert name != world.name
        guest.click("Worlds", within="nav")
        guest.see("h1", name)
        guest.click("Changes")
        guest.see("summary", "ortto.people 1 record")
        buttons = guest.value("[...document.querySelectorAll('main button')].map(one => one.innerText)")
        assert not {"Share", "Reset", "Fork", "Delete", "Snapshot", "New world"} & {*buttons}
        assert not guest.problems
    page.click_on("dialog .close")  # leads to the links
    page.see("button", "Revoke")
    page.settle()  # else they may be drawn anew while the button is pressed
    page.click("Revoke")
    page.click("Revoke", within="dialog")
    page.see("h2", "No links yet")
    assert Control(server).worlds()
    assert requests.get(f"{server}/_mock/worlds/{name}", timeout=20).status_code == 404


def test_a_form_is_sent_once(page: Console, server: str, world: World) -> None:
    page.open(f"#/{world.name}/worlds")
    page.click("Share")
    page.see("dialog form")
    page.value(
        "(form => { form.requestSubmit(); form.requestSubmit(); })(document.querySelector('dialog form'))"
    )
    page.see("dialog h2", "The link")
    page.settle()
    assert len(requests.get(f"{server}/_mock/worlds/{world.name}/links", timeout=20).json()["links"]) == 1


def test_an_operator_changes_the_copy_alone(browser: Browser, server: str, world: World) -> None:
    ask(world, limit=2)
    body = {"role": "operator"}
    made = requests.post(f"{server}/_mock/worlds/{world.name}/links", json=body, timeout=20).json()
    with console(browser, server) as guest:
        guest.open(made["url"].removeprefix(f"{server}/"))
        guest.see("h2", "No calls yet")
        text = guest.value("document.querySelector('main').textContent")
        assert f"/w/{guest.value('location.hash').split('/')[1]}/ortto" in text
        guest.click("Worlds", within="nav")
        guest.click("Snapshot")
        guest.write("mine")
        guest.press("Enter")
        guest.see(".toast", "The snapshot “mine” was taken.")
        assert not guest.problems
    listed = requests.get(f"{server}/_mock/worlds/{world.name}/snapshots", timeout=20).json()
    assert listed["snapshots"] == []


# The list of calls


def test_calls_appear_live_and_once(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/calls")
    page.see("h2", "No calls yet")
    for number in range(3):
        ask(world, limit=number + 1)
    page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length === 3")
    ask(world, limit=9)
    page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length === 4")
    keys = page.value("[...document.querySelectorAll('.table tbody tr')].map(row => row.dataset.key)")
    assert keys == ["4", "3", "2", "1"]


def test_a_cut_connection_loses_and_doubles_no_call(browser: Browser, server: str, world: World) -> None:
    door = CuttingDoor(server)
    with opened(door) as url, console(browser, url) as page:
        page.open(f"#/{world.name}/calls")
        page.see(".connection", "live")
        ask(world, limit=1)
        page.see(".table tr", "get_audiences")
        door.cut()
        page.see(".connection", "reconnecting …")
        for number in range(5):
            ask(world, limit=number + 2)
        door.closed = False
        page.see(".connection", "live")
        ask(world, limit=9)
        page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length >= 7")
        keys = page.value("[...document.querySelectorAll('.table tbody tr')].map(row => row.dataset.key)")
        assert keys == ["7", "6", "5", "4", "3", "2", "1"]
        door.cut()


def test_calls_appear_where_a_server_cannot_stream(browser: Browser) -> None:
    served_by_wsgi = make_server("127.0.0.1", 0, create_app(people=5), threaded=True)
    with opened(served_by_wsgi) as url, console(browser, url) as page:
        world = Control(url).world("default")
        page.open("#/default/calls")
        page.see(".connection", "live (polling)")
        ask(world, limit=1)
        page.see(".table tr", "get_audiences")
        world.reset()
        page.see("h2", "No calls yet")
        ask(world, limit=2)
        page.see(".table tr", "get_audiences")
        assert not page.problems


def test_the_search_is_the_address(page: Console, world: World) -> None:
    ask(world, limit=1)
    ask(world, limit="ten")
    page.open(f"#/{world.name}/calls")
    page.see(".table tr", "request_invalid")
    page.press("/")
    page.write("verdict:fine")
    page.press("Enter")
    page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length === 1")
    assert page.value("location.hash").endswith("calls?q=verdict%3Afine")
    ask(world, limit="ten")
    ask(world, limit=3)
    page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length === 2")
    page.value("history.back()")
    page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length === 4")
    page.open(f"#/{world.name}/calls?q=vendr:x")
    assert "the nearest is vendor" in page.see(".view", "vendr")


def test_errors_are_grouped(page: Console, world: World) -> None:
    for limit in ("one", "two"):
        ask(world, limit=limit)
    ask(world, limit=1)
    page.open(f"#/{world.name}/calls")
    page.click("Group errors")
    page.see("th", "Problem")
    row = page.see("tbody tr", "request_invalid")
    assert [*map(str.strip, row.split("\t"))][2] == "2"
    page.click("request_invalid", selector="tbody tr")
    page.tab.wait_for_value("document.querySelectorAll('.table tbody tr').length === 2")


def test_calls_to_no_vendor_are_hidden_until_asked_for(page: Console, server: str) -> None:
    world = Control(server).world("default")
    world.journal.clear()
    requests.get(f"{server}/wp-login/admin", timeout=20)
    ask(world, limit=1)
    page.open("#/default/calls")
    page.see(".table tr", "get_audiences")
    assert "wp-login" not in page.see(".table")
    page.click("Show")
    page.see(".table tr", "no vendor")


def test_a_call_is_sent_again(page: Console, world: World) -> None:
    ask(world, limit=2)
    page.open(f"#/{world.name}/calls?n=1")
    page.click("Send again")
    page.see(".detail", "call 2")
    assert len(world.journal("ortto", "get_audiences", status=200)) == 2


def test_a_full_journal_is_shown_in_pages(page: Console, world: World) -> None:
    session = requests.Session()
    url, headers = f"{world.url('ortto')}/v1/audiences/get", world.headers("ortto")
    for _ in range(250):
        session.post(url, json={"limit": 1}, headers=headers, timeout=20)
    page.open(f"#/{world.name}/calls")
    page.see(".table tr", "get_audiences")
    rows = "document.querySelectorAll('.table tbody tr').length"
    assert page.value(rows) == 100
    page.click("Older calls")
    page.tab.wait_for_value(f"{rows} === 200")
    page.click("Older calls")
    page.tab.wait_for_value(f"{rows} === 250")
    keys = page.value("[...document.querySelectorAll('.table tbody tr')].map(row => Number(row.dataset.key))")
    assert keys == [*range(250, 0, -1)]
    ask(world, limit=2)
    assert page.see("button", "↑ 1 new call")  # nothing moves under a reader who is further down


# What callers send


def test_hostile_texts_are_shown_as_they_are(page: Console, world: World, server: str) -> None:
    headers = {"X-Note": '"><img src=x onerror=alert(1)>', "Content-Type": "application/json"}
    body = json.dumps({"limit": HOSTILE, HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}]}).encode()
    requests.post(
        f"{world.url('ortto')}/v1/audiences/get",
        data=body,
        headers={**world.headers("ortto"), **headers},
        timeout=20,
    )
    requests.post(f"{world.url('ortto')}/{HOSTILE}?{HOSTILE}", json=HOSTILE, headers=headers, timeout=20)
    add_person(world, f"{HOSTILE}@shop.example")
    Control(server).create_world(label=HOSTILE, people=1)
    page.open(f"#/{world.name}/calls")
    page.settle()
    for address in (
        "calls",
        "calls?n=1",
        "calls?n=2&tab=raw",
        "calls?n=3",
        "calls?group=errors",
        "worlds?tab=changes",
    ):
        page.go(f"#/{world.name}/{address}")
        assert page.value("document.querySelectorAll('img, script:not([src]), iframe, main svg').length") == 0
        assert page.problems == []
    page.go(f"#/{world.name}/calls?n=1")
    page.click_on(".detail .panel details summary")
    assert "<img src=x onerror=alert(1)>" in page.value("document.querySelector('.detail').textContent")
    page.open(f"#/{HOSTILE.replace('/', '')}/worlds?q=<img src=x onerror=alert(1)>".replace('"', "%22"))
    page.see("h1", "This cannot be shown")


# The token


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    server = Server(create_app(people=5, token="open-sesame")).start()
    try:
        yield server.url
    finally:
        server.stop()


def test_with_a_token_nothing_is_shown_without_it(browser: Browser, guarded: str) -> None:
    with console(browser, guarded) as page:
        page.open("#/default/worlds")
        page.see("h1", "This server asks for a token")
        text = page.value("document.body.innerText")
        assert not any(secret in text for secret in ("PRK", "default", "Ortto", "demo"))
        page.write("guess")
        page.press("Enter")
        page.see("[role=alert]", "wrong token")
        page.write("open-sesame")
        page.press("Enter")
        page.see("h1", "default")
        page.see("code", "PRK-mockserver")
        assert page.value("localStorage.length + document.cookie.length") <= 1  # the theme alone
        page.open("#/default/calls")  # kept for the tab
        page.see("h1", "Calls")
        assert page.problems == []


def test_a_link_may_carry_the_token(browser: Browser, guarded: str) -> None:
    with console(browser, guarded) as page:
        page.open("#/default/worlds?tab=changes&token=open-sesame")
        page.see("h1", "default")
        assert page.value("location.hash") == "#/default/worlds?tab=changes"
        assert page.problems == []


# Everybody


def test_views_fit_a_narrow_window(page: Console, world: World) -> None:
    ask(world, limit="ten", ofset=0)
    add_person(world, "a-very-long-address-without-any-space-in-it-at-all@shop.example")
    page.resize(360, 740)
    page.open(f"#/{world.name}/calls")
    page.settle()
    for address in ("calls", "calls?n=1", "calls?n=2&tab=raw", "worlds", "worlds?tab=changes"):
        page.go(f"#/{world.name}/{address}")
        assert not page.is_wider_than_the_window, address


def test_the_keyboard_reaches_a_call_and_its_tabs(page: Console, world: World) -> None:
    ask(world, limit=1)
    ask(world, limit="ten")
    page.open(f"#/{world.name}/calls")
    page.see(".table tr", "request_invalid")
    for _ in range(40):
        page.press("Tab")
        if page.value("!!document.activeElement.closest('tbody')"):
            break
    page.press("ArrowDown")
    page.press("Enter")
    page.see(".detail h2", "get_audiences")
    assert "n=1" in page.value("location.hash")
    page.value("document.querySelector('[role=tab]').focus()")
    page.press("ArrowRight")
    page.see("[role=tabpanel]", "Status 200")
    assert "tab=reply" in page.value("location.hash")
    page.press("Escape")
    page.tab.wait_for_value("document.querySelector('.detail').hidden")


def test_a_newcomer_finds_how_to_reach_every_vendor(page: Console, server: str, world: World) -> None:
    page.open(f"#/{world.name}/calls")
    page.see("h2", "No calls yet")
    text = " ".join(page.value("document.querySelector('main').textContent").split())
    vendors = Control(server).vendors()
    assert vendors
    for vendor in vendors:
        assert world.url(vendor["name"]) in text
        credentials = world.credentials(vendor["name"])
        assert {*credentials} == {*vendor["credentials"]}
        assert [value for value in credentials.values() if value not in text] == []
    command = page.value("document.querySelector('#vendor-ortto pre').textContent")
    assert world.credentials("ortto")["api_key"] in command
    links = page.value("[...document.querySelectorAll('main a')].map(one => one.href)")
    contracts = [link for link in links if link.endswith("/openapi.json")]
    assert len(contracts) == len(vendors)
    for link in contracts:
        assert requests.get(link, timeout=20).status_code == 200


def test_a_world_that_is_gone_says_so(page: Console) -> None:
    page.open("#/nobody/worlds")
    page.see("h1", "There is no world “nobody”")
    page.click("All worlds")
    page.see("h1", "default")
