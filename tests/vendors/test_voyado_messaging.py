"""Voyado: messages that contacts got, and unsubscribing from them."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
KINDS = {"email": "EmailMessage", "sms": "SmsMessage", "postal": "PostalMessage"}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def write(engage: Engage, contact: str, kind: str, **members: Any) -> str:
    sent = engage.world.backstage("voyado", "send_message", contactId=contact, type=KINDS[kind], **members)
    return str(sent["messageId"])


def ids(listed: Any) -> list[str]:
    assert listed["count"] == len(listed["items"])
    return [one["messageId"] for one in listed["items"]]


def test_messages_are_listed_by_kind_the_newest_first(engage: Engage, mockserver_server: MockServer) -> None:
    contact, other = engage.create("reader@example.com"), engage.create("other@example.com")
    sent: dict[str, list[str]] = {kind: [] for kind in KINDS}
    order: list[str] = []
    for kind in ("email", "sms", "postal", "sms", "email"):
        order.insert(0, write(engage, contact, kind, text=kind))
        sent[kind].insert(0, order[0])
        engage.world.clock.advance(minutes=1)
    write(engage, other, "sms")
    path, latest = f"/api/v3/contacts/{contact}", f"/api/v2/contacts/{contact}/messages"
    for one in (engage, engage.fork(mockserver_server.control)):
        for kind in KINDS:
            assert ids(one.get(f"{path}/{kind}messages")) == sent[kind]
        in_v2 = [id for id in order if id not in sent["postal"]]
        assert ids(one.get(f"{latest}/latest")) == in_v2
        assert ids(one.get(f"{latest}/latest", count=3)) == in_v2[:3]
        page = one.get(latest, offset=1, count=2)
        assert (ids(page), page["totalCount"], page["offset"]) == (in_v2[1:3], 4, 1)


def test_a_message_has_what_was_sent(engage: Engage) -> None:
    contact = engage.create("one@example.com")
    id = write(engage, contact, "sms", name="Sale", text="Hi", source="Automation", isTransactional=True)
    (message,) = engage.get(f"/api/v3/contacts/{contact}/smsmessages")["items"]
    assert message == {
        "messageId": id,
        "name": "Sale",
        "sendDateTime": "2026-01-05T09:00:00.000Z",
        "type": "SmsMessage",
        "source": "Automation",
        "isTransactional": True,
        "status": "Delivered",
        "messageLink": f"https://mockserver.voyado.com/Open/SmsOnline/Show/{id}",
        "messageText": "Hi",
    }


@pytest.mark.parametrize(("kind", "preference"), [("Email", "acceptsEmail"), ("Sms", "acceptsSms")])
@pytest.mark.parametrize("by_message", [True, False])
def test_a_contact_unsubscribes(engage: Engage, kind: str, preference: str, by_message: bool) -> None:
    accepted = {"acceptsEmail": True, "acceptsSms": True, "acceptsPostal": True}
    contact, other = (engage.create(f"{name}@example.com", preferences=accepted) for name in "ab")
    params = {"messageId": write(engage, contact, kind.lower())} if by_message else {}
    wrong = {"messageId": write(engage, other, kind.lower())}
    path = f"/api/v2/contacts/{contact}/unsubscribe{kind}"
    assert engage.expect_error(404, "POST", path, **wrong)["errorCode"] == "MessageNotFound"
    assert engage.overview(contact)["preferences"] == accepted
    assert engage.send("POST", path, **params).json() == {}
    assert engage.overview(contact)["preferences"] == accepted | {preference: False}
    assert engage.overview(other)["preferences"] == accepted


def test_unknown_contacts_have_no_messages(engage: Engage) -> None:
    paths = [f"/api/v3/contacts/{UNKNOWN_ID}/{kind}messages" for kind in KINDS]
    paths += [f"/api/v2/contacts/{UNKNOWN_ID}/messages{suffix}" for suffix in ("", "/latest")]
    for path in paths:
        assert engage.expect_error(404, "GET", path)["errorCode"] == "ContactNotFound"
        assert engage.expect_error(400, "GET", path, count=501)["errorCode"] == "InvalidData"
        wrong = path.replace(UNKNOWN_ID, "1")
        assert engage.expect_error(400, "GET", wrong)["errorCode"] == "InvalidContactId"
    for kind in ("Email", "Sms"):
        engage.expect_error(404, "POST", f"/api/v2/contacts/{UNKNOWN_ID}/unsubscribe{kind}")
