"""The views of the console in real Chromium: state, time, trouble, contract, pictures and tours."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mockserver.client import Control, World
from tests.control.browser import Console, console
from tests.verify.chromium import Browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="Chromium is not installed")

MOST_CLICKS = 5
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
VIEWS = ("state", "time", "trouble", "contract", "pictures", "tours")


@pytest.fixture(scope="module")
def shared(server: str) -> World:
    """A world that tests only read."""
    return Control(server).create_world(people=120, now="2026-03-02T09:00:00Z")


@pytest.fixture
def world(server: str) -> Iterator[World]:
    made = Control(server).create_world(people=120, now="2026-03-02T09:00:00Z")
    yield made
    made.delete()


def read(world: World, path: str, **query: Any) -> Any:
    url = f"{world.url('fanfare').split('/w/')[0]}/_mock/worlds/{world.name}{path}"
    return requests.get(url, params=query, timeout=20).json()


def call_fanfare(world: World) -> requests.Response:
    headers = world.headers("fanfare")
    return requests.get(f"{world.url('fanfare')}/api/v1/audiences", headers=headers, timeout=20)


def add_consumer(world: World, name: str, email: str) -> None:
    body = {"fullName": name, "email": email}
    url, headers = f"{world.url('fanfare')}/api/v1/consumers", world.headers("fanfare")
    assert requests.post(url, json=body, headers=headers, timeout=20).ok


# Tasks


def test_find_a_person_across_all_vendors(page: Console, shared: World) -> None:
    person = shared.records("ortto", "people")[0]["fields"]
    page.open(f"#/{shared.name}/state")
    page.click_on("[type=search]")
    page.write(person["str::email"])
    page.press("Enter")
    found = page.see(".person")
    assert {vendor["title"] for vendor in titles(shared)} == {*page.value(VENDORS)}
    assert f"{person['str::first']} {person['str::last']}" in found
    page.click_on(".person a.badge")  # an audience that the person is in
    page.see(".detail h2")
    assert page.clicks <= MOST_CLICKS


VENDORS = """[...document.querySelectorAll('.person dt')].map(one => one.firstChild.textContent)"""


def titles(world: World) -> list[dict[str, Any]]:
    url = world.url("fanfare").split("/w/")[0]
    found: list[dict[str, Any]] = requests.get(f"{url}/_mock/vendors", timeout=20).json()["vendors"]
    return found


def test_move_the_night_and_see_an_audience_change(page: Console, world: World) -> None:
    before = {one["id"]: one["size"] for one in read(world, "/audiences")["audiences"]}
    page.open(f"#/{world.name}/time")
    page.click("+ 1 day")
    page.see("caption + thead", "Before")
    changed = [one for one in read(world, "/audiences")["audiences"] if one["size"] != before[one["id"]]]
    assert changed != []
    shown = page.value("[...document.querySelectorAll('.view table tbody tr')].map(one => one.innerText)")
    assert len(shown) == len(changed)
    for one in changed:
        (row,) = [text for text in shown if text.startswith(one["name"])]
        assert [str(before[one["id"]]), str(one["size"])] == row.split("\t")[2:4]
    assert page.clicks <= MOST_CLICKS


def test_arm_a_fault_and_see_it_strike(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/trouble?vendor=fanfare&operation=list_audiences")
    page.click("Fail the next call")
    page.see(".badge", "struck 0 of 1")
    assert [call_fanfare(world).status_code for _ in range(2)] == [503, 200]
    page.see(".badge.fault", "struck 1 of 1")
    page.click("Remove", selector="button")
    page.see("p", "No fault is armed")
    assert page.clicks <= MOST_CLICKS


# Parts


def test_a_fault_of_ones_own_knows_the_problems(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/trouble?vendor=fanfare&operation=sync_audience")
    page.click("A fault of your own")
    options = page.value("[...document.querySelectorAll('.schema-form select option')].map(one => one.text)")
    assert "sync_in_progress" in options
    assert "consumer_not_found" not in options
    problem = ".schema-form select:required"
    values = page.value(f"[...document.querySelector('{problem}').options].map(one => one.text)")
    page.choose(problem, str(values.index("sync_in_progress")))
    page.click("Arm the fault")
    page.see("td code", "sync_audience")
    (armed,) = world.faults.all()
    fault = armed.read()
    assert (fault["problem"], fault["operation"]) == ("sync_in_progress", "sync_audience")


def test_switches_change_the_settings(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/trouble")
    page.click("Rate limits apply")
    settings = f"fetch('_mock/worlds/{world.name}/settings').then(reply => reply.json())"
    page.tab.wait_for_value(f"{settings}.then(all => all.limits)")
    assert world.settings()["limits"] is True
    page.click_on("details.card summary")  # DigitalAudience
    page.see("small", "HTTP status of failures")
    page.choose(".card .own select", "1")
    page.click("routes first", selector="label")
    wanted = "one => one.error_http_style === 'always_200' && one.routes_first === false"
    page.tab.wait_for_value(f"{settings}.then(all => ({wanted})(all.switches.digitalaudience))")


def test_records_and_members_come_in_pages(page: Console, shared: World) -> None:
    page.open(f"#/{shared.name}/state?vendor=voyado&collection=contacts")
    page.see("tbody tr")
    seen = set(page.value(KEYS))
    for _ in range(2):
        page.click("Next page")
        page.tab.wait_for_value(f"!{sorted(seen)!r}.includes({KEYS}[0])")
        assert not seen & {*page.value(KEYS)}
        seen |= {*page.value(KEYS)}
    every = read(shared, "/collections/voyado/contacts", limit=1000)["records"]
    assert seen == {one["id"] for one in every}
    largest = max(read(shared, "/audiences", vendor="voyado")["audiences"], key=lambda one: one["size"])
    page.open(f"#/{shared.name}/state?vendor=voyado&collection=target_audiences&id={largest['id']}")
    page.see(".detail tbody tr")
    assert page.value("document.querySelectorAll('.detail tbody tr').length") == 50 < largest["size"]
    page.click("50 more")
    page.tab.wait_for_value("document.querySelectorAll('.detail tbody tr').length > 50")


KEYS = "[...document.querySelectorAll('.list tbody tr')].map(one => one.dataset.key)"


def test_what_a_caller_sent_is_text(page: Console, world: World) -> None:
    add_consumer(world, HOSTILE, "hostile@shop.example")
    page.open(f"#/{world.name}/state?person=hostile%40shop.example")
    assert HOSTILE in page.see(".person h2")
    page.click_on(".person dt a")
    page.click("Record")
    page.see(".detail .json .string", HOSTILE)
    page.open(f"#/{world.name}/state?person={HOSTILE}x")
    assert HOSTILE in page.see(".empty p")
    assert page.value("document.querySelectorAll('.view img, .view script').length") == 0


def test_an_action_is_performed_backstage(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/state")
    page.click("Act backstage …", within=".card:nth-child(3)")
    page.choose("dialog select", "create_audience")
    page.click_on("dialog .schema-form input")
    page.write("New: ")
    name = page.value("document.querySelector('dialog .schema-form input').value")
    page.click("Do it")
    page.see("dialog .badge", "ortto.audiences")
    assert name in [one["name"] for one in read(world, "/audiences", vendor="ortto")["audiences"]]


def test_a_text_of_several_lines_keeps_them(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/state")
    page.click("Act backstage …", within=".card:nth-child(1)")
    page.choose("dialog select", "drop_file")
    page.see("dialog textarea")
    shown = page.value(
        "[document.querySelector('dialog textarea')].map(one => [one.value, one.labels[0].innerText])[0]"
    )
    assert shown == ["email\njohn.sam@mail.com\nkim@mail.com\n", "content *"]


def test_an_operation_of_a_signed_vendor_is_tried(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/contract?vendor=spotler&operation=list_contact_properties")
    page.click("Send")
    page.see(".detail .badge", "200")
    page.click("Send without credentials")
    page.see(".detail .badge", "401")
    page.open(f"#/{world.name}/contract?vendor=spotler&find=list_contact_properties")
    page.see(".heat")
    assert page.value("document.querySelectorAll('.heat .reached').length") >= 3  # 200, 401 and its problem


def test_coverage_by_faults_is_told_apart(page: Console, world: World) -> None:
    world.faults.add("fanfare", "list_audiences", "problem", problem="rate_limit_exceeded")
    assert call_fanfare(world).status_code == 429
    page.open(f"#/{world.name}/contract?vendor=fanfare&find=list_audiences")
    page.see(".heat")
    assert page.value("document.querySelectorAll('.heat .reached').length") == 0
    assert page.value("[...document.querySelectorAll('.heat .fault')].map(one => one.title)") == [
        "429: 1 call",
        "rate_limit_exceeded: 1 call",
    ]


def test_pictures_have_the_numbers_of_the_history(page: Console, shared: World) -> None:
    page.open(f"#/{shared.name}/pictures?vendor=voyado")
    page.see("figure")
    series = read(shared, "/history", vendor="voyado")["series"]
    largest = max(series, key=lambda one: one["sizes"][-1])
    cells = "row => [...row.cells].map(cell => cell.textContent)"
    head, newest = page.value(f"[...document.querySelector('figure table').rows].map({cells})")[:2]
    assert newest[head.index(largest["name"])] == str(largest["sizes"][-1])
    labels = page.value("[...document.querySelectorAll('figure svg')].map(one => one.ariaLabel)")
    assert labels != []
    assert all(labels)


def test_a_story_is_played_to_its_end(page: Console, server: str, shared: World) -> None:
    page.open(f"#/{shared.name}/tours")
    page.click("Dynamic audience gains a member")
    page.click("Start the tour")
    page.click("Play the first step")
    page.see(".tour .badge", "as the story expects")
    page.click("Play to the end")
    page.see("button", "Start again")
    page.tab.wait_for_value("!document.querySelector('.steps li:not(.done)')")
    assert page.clicks <= MOST_CLICKS
    page.click("Start again")
    page.click("Play the first step")
    page.see(".tour .badge", "as the story expects")
    names = [one.name for one in Control(server).worlds() if one.name.startswith("tour-")]
    assert names == [page.value("location.hash.split('/')[1]")]


def test_a_story_begins_anew_when_its_world_is_reset(page: Console, server: str, shared: World) -> None:
    page.open(f"#/{shared.name}/tours")
    page.click("Second sync is refused")
    page.click("Start the tour")
    page.click("Play the first step")
    page.see(".steps .done")
    world = Control(server).world(page.value("location.hash.split('/')[1]"))
    world.reset()
    page.see("button", "Play the first step")
    assert page.value("document.querySelectorAll('.steps .done').length") == 0
    page.click("Play to the end")
    page.tab.wait_for_value("!document.querySelector('.steps li:not(.done)')")
    world.delete()


def test_no_view_is_wider_than_a_narrow_window(page: Console, shared: World) -> None:
    page.resize(360, 740)
    page.open(f"#/{shared.name}/worlds")
    page.settle()
    for view in VIEWS:
        page.go(f"#/{shared.name}/{view}")
        assert page.see("h1") == view.capitalize()
        assert not page.is_wider_than_the_window, view


@pytest.mark.parametrize("role", ["viewer", pytest.param("operator", marks=pytest.mark.thorough)])
def test_a_guest_sees_every_view(browser: Browser, server: str, shared: World, role: str) -> None:
    links = f"{server}/_mock/worlds/{shared.name}/links"
    made = requests.post(links, json={"role": role}, timeout=20).json()
    with console(browser, server) as guest:
        guest.open(made["url"].removeprefix(f"{server}/"))
        guest.see("h1", "Calls")
        world = guest.value("location.hash.split('/')[1]")
        story = "tours?vendor=fanfare&story=dynamic_audience_gains_a_member"
        titles = {view: view.capitalize() for view in ("calls", *VIEWS)} | {"worlds": world}
        for view, title in (titles | {story: "Dynamic audience gains a member"}).items():
            guest.go(f"#/{world}/{view}")
            assert guest.see("h1") == title
        buttons = guest.value("[...document.querySelectorAll('main button')].map(one => one.innerText)")
        assert "Start the tour" not in buttons  # a guest makes no worlds
        guest.go(f"#/{world}/trouble")
        guest.see(".card h3, .card .switch", "Night stuck")
        assert not guest.problems
    requests.delete(f"{links}/{made['link']['id']}", timeout=20)


def test_what_has_the_focus_keeps_it_when_it_is_drawn_anew(page: Console, world: World) -> None:
    page.open(f"#/{world.name}/trouble")
    page.see(".switch", "Night stuck")
    page.value("document.querySelector('input[name=\"Night stuck\"]').focus()")
    page.press(" ")
    page.see(".card small", "active until")
    page.settle(0.5)  # the world's event has drawn the list once more
    assert page.value("document.activeElement.name") == "Night stuck"
    assert [one["name"] for one in read(world, "/profiles")["profiles"]] == ["night-stuck"]
    page.open(f"#/{world.name}/state?vendor=ortto&collection=people")
    page.see("tbody .open")
    page.value("document.querySelector('tbody .open').focus()")
    page.press("Enter")
    page.see(".detail h2")
    page.press("ArrowDown")
    page.press("Enter")
    chosen = page.value("document.querySelectorAll('tbody tr')[1].dataset.key")
    page.tab.wait_for_value(f"document.querySelector('[aria-current=true]').dataset.key === '{chosen}'")
    page.value("document.querySelector('.detail .close').focus()")
    page.press("Escape")
    page.tab.wait_for_value("document.querySelector('.detail').hidden")
    assert page.value("document.activeElement.closest('tr').dataset.key") == chosen
