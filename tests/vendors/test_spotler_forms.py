"""Spotler: forms, as the vendor's own plugins use them."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

START = 1767603600000
POST_URL = "https://shop.example/form?a=1&b=2"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z", scenario="empty")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def add_form(spotler: Spotler, name: str = "Newsletter", **more: Any) -> int:
    return int(spotler.backstage("add_form", name=name, **more)["id"])


def submit(spotler: Spotler, form: int, **params: list[str]) -> Any:
    reply = spotler.send("POST", f"/form/result/{form}", {"postUrl": POST_URL, "formParams": params})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_forms_are_listed_by_subtype_and_state(spotler: Spotler) -> None:
    add_form(spotler, formSubType="subscribe")
    add_form(spotler, "Profile", formSubType="editProfile", formState="draft")
    first = {"id": 1, "name": "Newsletter", "formSubType": "subscribe", "formState": "final"}
    second = {"id": 2, "name": "Profile", "formSubType": "editProfile", "formState": "draft"}
    assert spotler.get("/form/list") == [first, second]
    assert spotler.get("/form/list", formSubType="subscribe") == [first]
    assert spotler.get("/form/list", formState="draft") == [second]
    assert spotler.get("/form/list", formState="draft", formSubType="subscribe") == []
    reply = spotler.send("GET", "/form/list", headers={"Accept": None})
    root = ET.fromstring(reply.content)  # noqa: S314 - sent by this server
    assert (root.tag, [one.findtext("name") for one in root.findall("form")]) == (
        "forms",
        ["Newsletter", "Profile"],
    )


def test_a_form_is_rendered(spotler: Spotler) -> None:
    fields = [{"name": "email", "description": "E-mail"}, {"name": "city"}]
    form = add_form(spotler, fields=fields)
    spotler.contact("p1", email="p1@example.com", city="<U>")
    encrypted = spotler.get("/contact/p1")["encryptedId"]
    page = spotler.get(f"/form/{form}", postUrl=POST_URL, encId=encrypted, outputFormat="HTML4STRICT")
    assert (page["isConfirmationPage"], page["url"]) == (False, POST_URL)
    assert 'action="https://shop.example/form?a=1&amp;b=2"' in page["html"]
    assert '<table><tr><td><label>E-mail</label></td><td><input type="text" name="email"' in page["html"]
    assert 'value="&lt;U&gt;">' in page["html"]
    plain = spotler.get(f"/form/{form}", postUrl=POST_URL, outputMode="DIV", extraParams="x=1")["html"]
    assert "<div><label>city</label>" in plain
    assert 'value="">' in plain
    strict = spotler.get(f"/form/{form}", postUrl=POST_URL, outputFormat="XHTML1STRICT")["html"]
    assert 'value="" />' in strict
    assert "b=2&amp;x=1" in plain
    body = {"postUrl": POST_URL, "prefilledValues": {"city": ["Leiden"]}, "encId": encrypted}
    filled = spotler.send("POST", f"/form/{form}", body).json()["html"]
    assert 'value="Leiden"' in filled
    assert 'value="p1@example.com"' in filled


def test_the_plugins_submit_in_xml(spotler: Spotler, mockserver_server: MockServer) -> None:
    form = add_form(spotler, fields=[{"name": "email", "description": "E-mail"}, {"name": "city"}])
    spotler.contact("p1", email="p1@example.com")
    body = (
        "<?xml version='1.0'?><params><postUrl>https://shop.example/form</postUrl><outputMode>TABLES</outputMode>"
        "<outputFormat>XHTML1STRICT</outputFormat><formParams>"
        "<entry><key>email</key><value><item>P1@example.com</item></value></entry>"
        "<entry><key>city</key><value><item>Utrecht</item><item>Leiden</item></value></entry>"
        "</formParams></params>"
    )
    reply = spotler.send_raw("POST", f"/form/result/{form}", body, "application/xml")
    assert (reply.status_code, reply.json()["isConfirmationPage"]) == (200, True)
    result = {
        "formResultId": 1,
        "submittedAt": START,
        "testResult": False,
        "completed": True,
        "answers": [
            {"rank": 1, "fieldId": 1, "description": "E-mail", "answer": ["P1@example.com"]},
            {"rank": 2, "fieldId": 2, "description": "city", "answer": ["Utrecht", "Leiden"]},
        ],
    }
    (history,) = spotler.get("/contact/p1/forms")["formHistories"]
    assert (history["form"]["name"], history["formResultId"], history["completed"]) == ("Newsletter", 1, True)
    with forked(mockserver_server, spotler.world) as fork:
        assert fork.get(f"/form/result/{form}/1") == result
        assert fork.get(f"/form/result/{form}") == [result]


def test_results_are_filtered(spotler: Spotler) -> None:
    form = add_form(spotler, fields=[{"name": "email"}, {"name": "city"}], formState="proof")
    submit(spotler, form, email=["a@example.com"], city=["Utrecht"])
    spotler.world.clock.advance(days=1)
    submit(spotler, form, email=["b@example.com"])

    def ids(**params: Any) -> list[int]:
        return [one["formResultId"] for one in spotler.get(f"/form/result/{form}", **params)]

    assert ids() == [1, 2]
    assert ids(completed="true") == [1]
    assert ids(completed="false") == [2]
    assert ids(startDate="2026-01-06") == [2]
    assert ids(endDate="2026-01-06") == [1]
    assert ids(startDate="20260106") == [2]
    assert ids(endDate="20260106000000") == [1]
    assert ids(startDate="20260105235959", endDate="20260107") == [2]
    error = spotler.fail(400, "GET", f"/form/result/{form}", params={"startDate": "20260230"})
    assert error["message"] == "Invalid value for parameter startDate"
    assert spotler.get(f"/form/result/{form}/1")["testResult"] is True


def test_forms_subscribe_unsubscribe_and_return(spotler: Spotler) -> None:
    joining = add_form(spotler, formSubType="subscribe", fields=[{"name": "email"}, {"name": "city"}])
    leaving = add_form(spotler, "Bye", formSubType="unSubscribe")

    def channel() -> bool:
        found = spotler.get("/contact/search", MPSearchQuery="email=a@example.com", pageSize=5)["contacts"]
        assert len(found) == 1
        return bool(found[0]["channels"][0]["value"])

    submit(spotler, joining, email=["a@example.com"], city=["Utrecht"])
    assert channel() is True
    submit(spotler, leaving, email=["a@example.com"])
    assert channel() is False
    error = spotler.fail(400, "POST", "/subscription/subscribe", {"properties": {"email": "a@example.com"}})
    assert error["errorType"] == "CONTACT_OPTOUT"
    submit(spotler, joining, email=["a@example.com"])
    assert channel() is True
    submit(spotler, joining, city=["nowhere"])
    submit(spotler, joining, email=["not an address"])
    assert channel() is True


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/form/9?postUrl=x", "Form not found"),
        ("/form/result/9", "Form not found"),
        ("/form/result/9/1", "Form not found"),
        ("/form/result/1/9", "Form result not found"),
    ],
)
def test_unknown_forms_and_results(spotler: Spotler, path: str, message: str) -> None:
    add_form(spotler)
    assert spotler.fail(404, "GET", path)["message"] == message


def test_invalid_calls(spotler: Spotler) -> None:
    form = add_form(spotler)
    missing = spotler.fail(400, "GET", f"/form/{form}")
    assert missing == {"errorType": "INVALID_PARAMS", "message": "Missing parameter postUrl"}
    assert (
        spotler.fail(400, "GET", f"/form/{form}?postUrl=x&outputMode=LIST")["errorType"] == "INVALID_PARAMS"
    )
    assert spotler.fail(400, "POST", f"/form/result/{form}", {"postUrl": "x"})["message"] == (
        "formParams may not be null"
    )


@pytest.mark.parametrize("subtype", ["normal", "subscribe", "unSubscribe", "editProfile"])
def test_forms_of_every_kind_are_found(spotler: Spotler, subtype: str) -> None:
    for state in ("draft", "proof", "final"):
        form = add_form(spotler, f"{subtype} {state}", formSubType=subtype, formState=state)
        found = spotler.get("/form/list", formSubType=subtype, formState=state)
        assert found == [
            {"id": form, "name": f"{subtype} {state}", "formSubType": subtype, "formState": state}
        ]
    assert len(spotler.get("/form/list", formSubType=subtype)) == 3


def test_the_defaults_of_a_form(spotler: Spotler) -> None:
    path = f"/form/{add_form(spotler)}"
    page = spotler.get(path, postUrl=POST_URL)
    assert page == spotler.get(path, postUrl=POST_URL, outputMode="TABLES", outputFormat="HTML4STRICT")
    assert page != spotler.get(path, postUrl=POST_URL, outputMode="DIV")
