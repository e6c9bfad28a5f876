"""Ortto: what an audience remembers of people who leave it: their opt-outs, and when they left."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto, condition


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    mockserver.clock.freeze()
    return Ortto(mockserver)


def subscription(ortto: Ortto, id: str, name: str = "Subscribers") -> Any:
    found = [
        one for one in ortto.subscriptions(person_id=id)["subscriptions"] if one["audience_name"] == name
    ]
    return found[0] if found else None


def permit(ortto: Ortto, email: str, given: bool) -> None:
    ortto.merge({"str::email": email, "bol::p": given})


def test_a_second_opt_out_does_not_move_the_first(ortto: Ortto) -> None:
    id, audience = ortto.create("twice@test.example", bol__sp=True), ortto.audience_id_of("Subscribers")
    out = {"person_id": id, "subscribed": False, "sms_opted_in": False}
    ortto.subscribe(audience, out)
    first = subscription(ortto, id)
    ortto.world.clock.advance(hours=1)
    ortto.subscribe(audience, out)
    assert subscription(ortto, id) == first
    assert {"unsubscribed_from", "sms_opted_out_from"} <= first.keys()


def test_an_opt_out_survives_archiving(ortto: Ortto) -> None:
    id, audience = ortto.create("archived@test.example"), ortto.audience_id_of("Subscribers")
    ortto.subscribe(audience, {"person_id": id, "subscribed": False})
    before, counts = subscription(ortto, id), ortto.counts("Subscribers")
    ortto.world.clock.advance(hours=1)
    ortto.change_people("archive", inclusion_ids=[id])
    ortto.change_people("restore", inclusion_ids=[id])
    after = subscription(ortto, id)
    assert (after["subscribed"], after["unsubscribed_from"]) == (False, before["unsubscribed_from"])
    assert after["member_from"] > before["member_from"]
    assert ortto.counts("Subscribers") == counts
    assert id in ortto.ids(audience_id=audience, audience_filter="unsubscribed-from-audience")
    ortto.subscribe(audience, {"person_id": id, "subscribed": True})
    ortto.change_people("archive", inclusion_ids=[id])
    ortto.change_people("restore", inclusion_ids=[id])
    assert subscription(ortto, id)["subscribed"] is True


def test_an_opt_out_survives_a_lost_permission(ortto: Ortto) -> None:
    id, audience = ortto.create("back@test.example"), ortto.audience_id_of("Subscribers")
    ortto.subscribe(audience, {"person_id": id, "subscribed": False})
    permit(ortto, "back@test.example", False)
    assert subscription(ortto, id) is None
    ortto.world.clock.advance(seconds=61)
    permit(ortto, "back@test.example", True)
    assert subscription(ortto, id)["subscribed"] is False


def test_entering_again_within_a_minute_is_blocked_until_the_daily_sync(ortto: Ortto) -> None:
    id, other = ortto.create("soon@test.example"), ortto.create("late@test.example")
    before = ortto.audience("Subscribers")["members"]
    for email in ("soon@test.example", "late@test.example"):
        permit(ortto, email, False)
    ortto.world.clock.advance(seconds=10)
    permit(ortto, "soon@test.example", True)
    assert subscription(ortto, id) is None
    assert ortto.audience("Subscribers")["members"] == before - 2
    assert ortto.fields(id, "bol::p") == {"bol::p": True}
    ortto.world.clock.advance(seconds=50)
    permit(ortto, "late@test.example", True)
    assert subscription(ortto, other)["subscribed"] is True
    assert subscription(ortto, id) is None
    ortto.world.clock.advance(days=1)
    assert subscription(ortto, id)["subscribed"] is True
    assert ortto.audience("Subscribers")["members"] == before


def test_a_later_change_lets_a_blocked_person_in(ortto: Ortto) -> None:
    id = ortto.create("again@test.example")
    permit(ortto, "again@test.example", False)
    permit(ortto, "again@test.example", True)
    assert id not in ortto.ids(audience_id=ortto.audience_id_of("Subscribers"))
    assert id in ortto.ids(filter=condition("$bol::is", "bol::p", value=True))
    ortto.world.clock.advance(seconds=60)
    ortto.merge({"str::email": "again@test.example", "str::first": "Ada"})
    assert id in ortto.ids(audience_id=ortto.audience_id_of("Subscribers"))


def test_without_the_delay_people_enter_at_once(ortto: Ortto) -> None:
    ortto.world.configure(switches={"ortto": {"reentry_delay": 0}})
    id = ortto.create("fast@test.example")
    permit(ortto, "fast@test.example", False)
    permit(ortto, "fast@test.example", True)
    assert subscription(ortto, id)["subscribed"] is True
