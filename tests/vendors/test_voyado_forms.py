"""Voyado: contacts that v2 creates from a form, as one client sends them."""

from urllib.parse import urlencode

import pytest
import requests

from mockserver.client import World
from tests.vendors.voyado import Engage

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def post(engage: Engage, fields: list[tuple[str, str]] | str) -> requests.Response:
    text = fields if isinstance(fields, str) else urlencode(fields)
    headers = {
        "apikey": engage.session.headers["apikey"],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return requests.post(f"{engage.url}/api/v2/contacts/", data=text, headers=headers, timeout=10)


def test_a_form_has_nested_members(engage: Engage) -> None:
    created = post(
        engage,
        [
            ("email", "form@example.com"),
            ("contactType", "Contact"),
            ("createAsUnapproved", "0"),
            ("preferences[acceptsEmail]", "1"),
            ("preferences[acceptsSms]", "false"),
            ("consents[0][id]", "memberTerms"),
            ("consents[0][value]", "True"),
        ],
    )
    assert created.status_code == 201
    overview = engage.overview(created.json()["id"])
    assert overview["meta"]["contactType"] == "Contact"
    assert overview["attributes"]["email"] == "form@example.com"
    assert overview["preferences"] == {"acceptsEmail": True, "acceptsPostal": False, "acceptsSms": False}
    assert [(one["id"], one["value"]) for one in overview["consents"]] == [("memberTerms", True)]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 400, "NoData"),
        ("&", 400, "NoData"),
        ("email=x", 422, "ValidationError"),
        ("email=a%40example.com&preferences=1", 422, "ValidationError"),
        ("email=a%40example.com&preferences[acceptsEmail]=perhaps", 422, "ValidationError"),
        ("email=a%40example.com&consents[]=1", 422, "ValidationError"),
        ("a=1&" * 1001, 400, "NoData"),
        ("email=a%40example.com&contactType=Nobody", 400, "InvalidContactType"),
        ("[[]=%ff&a[b=1&x" + "[y]" * 100 + "=1", 422, "ValidationError"),
    ],
)
def test_an_invalid_form_is_rejected(engage: Engage, text: str, status: int, code: str) -> None:
    reply = post(engage, text)
    assert (reply.status_code, reply.json()["errorCode"]) == (status, code)


def test_the_last_of_two_forms_of_a_member_counts(engage: Engage) -> None:
    reply = post(engage, "email=a%40example.com&preferences=1&preferences[acceptsSms]=1")
    assert reply.json()["preferences"]["AcceptsSms"] is True


def test_v3_reads_no_forms(engage: Engage) -> None:
    engage.session.headers["Content-Type"] = "application/x-www-form-urlencoded"
    reply = engage.session.post(f"{engage.url}/api/v3/contacts", data="email=a%40example.com", timeout=10)
    assert (reply.status_code, reply.json()["errorCode"]) == (400, "NoData")
