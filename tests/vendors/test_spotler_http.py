"""Spotler: HTTP as its clients use it: methods, connections, content types, dates in queries."""

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.client import World
from mockserver.vendors.spotler.auth import sign
from tests.vendors.spotler import Spotler

CREATE = '{"contact": {"externalId": "made", "properties": {"gender": "FEMALE"}}}'
CREATE_XML = "<contactRequest><contact><externalId>made</externalId></contact></contactRequest>"


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


@pytest.mark.parametrize("id", ["here", "nobody"])
def test_head_is_get_without_a_body(spotler: Spotler, id: str) -> None:
    spotler.contact("here")
    got, head = spotler.send("GET", f"/contact/{id}"), spotler.send("HEAD", f"/contact/{id}")
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/contact/here", "GET, HEAD, OPTIONS, PUT"),
        ("/audience", "OPTIONS, POST"),
        ("/audience/x/contact/", "DELETE, OPTIONS, POST"),
        ("/contact/properties/list", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_are_the_methods_of_the_path(spotler: Spotler, path: str, methods: str) -> None:
    reply = spotler.send("OPTIONS", path)
    assert (reply.status_code, reply.headers["Allow"], reply.content) == (200, methods, b"")


@pytest.mark.mockserver(strict=False)
def test_other_methods_are_not_answered(spotler: Spotler) -> None:
    assert spotler.send("OPTIONS", "/nowhere").status_code == 404
    assert spotler.send("HEAD", "/audience").status_code == 405
    assert requests.options(f"{spotler.url}/audience", timeout=10).status_code == 401


@pytest.mark.usefixtures("own_app")  # a proxy has connections of its own
def test_a_reply_without_content_keeps_the_connection_open(spotler: Spotler) -> None:
    spotler.contact("here")
    url = urlsplit(f"{spotler.url}/contact/inactivate/here")
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    sockets = set[Any]()
    for _ in range(3):
        signed = sign("PUT", url.geturl(), {"consumer_key": spotler.key, "consumer_secret": spotler.secret})
        connection.request("PUT", url.path, b"null", {"Content-Type": "application/json", **signed})
        sockets.add(connection.sock)
        reply = connection.getresponse()
        names = {name.lower() for name, _text in reply.getheaders()}
        assert (reply.status, reply.version, reply.read()) == (204, 11, b"")
        assert names.isdisjoint({"connection", "transfer-encoding", "content-length", "content-type"})
        assert not reply.will_close
    connection.close()
    assert len(sockets) == 1


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/contact/", "application/json"),
        ("/contact", "application/json;charset=UTF-8"),
        ("/contact", "Application/JSON ; charset=utf-8"),
    ],
)
def test_spellings_of_known_clients(spotler: Spotler, path: str, media_type: str) -> None:
    assert spotler.send_raw("POST", path, CREATE, media_type).status_code == 204
    assert spotler.get("/contact/made")["properties"]["gender"] == "F"


def test_properties_without_list_are_a_contact(spotler: Spotler) -> None:
    assert spotler.fail(404, "GET", "/contact/properties")["errorType"] == "CONTACT_NOT_FOUND"


@pytest.mark.parametrize(
    ("assumed", "body", "status"),
    [
        (None, CREATE, 415),
        ("none", CREATE, 415),
        ("application/json", CREATE, 204),
        ("application/json", CREATE_XML, 400),
        ("application/xml", CREATE_XML, 204),
    ],
)
@pytest.mark.mockserver(strict=False)
def test_a_body_without_a_content_type(spotler: Spotler, assumed: str | None, body: str, status: int) -> None:
    if assumed:
        spotler.world.configure(switches={"spotler": {"assumed_content_type": assumed}})
    assert spotler.send("POST", "/contact", data=body.encode()).status_code == status
    found = spotler.get("/contact/search", MPSearchQuery="externalId=made", pageSize=1)["contacts"]
    assert len(found) == (status == 204)


@pytest.mark.mockserver(now="2026-01-05T09:30:00Z")
@pytest.mark.parametrize(
    ("first", "is_listed"),
    [
        ("2026-01-05T10:30:00+01:00", True),
        ("2026-01-05T10:30:01+01:00", False),
        ("2026-01-05T10:30:00%2B01:00", True),
        ("2026-01-05T10:30:00+0100", True),
        ("2026-01-05T10:30:01%2B0100", False),
        ("2026-01-05T09:30:00.0000000Z", True),
        ("2026-01-05T09:30:00.0010000Z", False),
        ("2026-01-05T09:30:00", True),
        ("2026-01-05", True),
    ],
)
def test_dates_of_a_period_are_read_as_they_were_meant(spotler: Spotler, first: str, is_listed: bool) -> None:
    """An unencoded plus sign arrives as a space; .NET writes seven decimals."""
    spotler.contact("now")
    query = f"fromDate={first}&toDate=2026-01-06T00:00:00%2B01:00&pageSize=1000"
    reply = spotler.send("GET", f"/contact/updates/list?{query}")
    assert reply.status_code == 200, reply.text
    assert ("now" in [one["externalId"] for one in reply.json()["contacts"]]) == is_listed
