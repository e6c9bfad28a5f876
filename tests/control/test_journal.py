"""The journal of a running server: what its clients kept secret is nowhere in it, and what went wrong is."""

import json
from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from mockserver.web import Application, create_app
from mockserver.world.scenario import load


@pytest.fixture
def app() -> Iterator[Application]:
    app = create_app(load("empty"))
    yield app
    app.desk.worlds.store.close()


@pytest.fixture
def client(app: Application) -> Client:
    return Client(app)


def journal(client: Client, query: str = "") -> str:
    """The journal as it is sent."""
    reply = client.get(f"/_mock/worlds/default/journal{query}")
    assert reply.status_code == 200, reply.text
    return reply.text


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (json.dumps({"userName": "demo@mockserver.test", "password": "mockserver"}), "application/json"),
        (json.dumps({"userName": "demo@mockserver.test", "passwrod": "mockserver"}), "application/json"),
        (json.dumps({"userName": 1, "password": ["mockserver"]}), "application/json"),
        ("userName=demo%40mockserver.test&password=mockserver", "application/x-www-form-urlencoded"),
        ('{"password": "mockserver"', "application/json"),
    ],
)
def test_the_password_of_a_login_is_not_in_it(client: Client, sent: str, content_type: str) -> None:
    client.post("/digitalaudience/account/login", data=sent, content_type=content_type)
    shown = json.loads(journal(client))["exchanges"][0]
    assert "mockserver" not in json.dumps(
        [shown["call"]["body"], shown["reply"], shown["violations"]]
    ).replace("mockserver.test", "")


def test_the_signature_of_an_upload_is_not_in_it(client: Client) -> None:
    signature = "f" * 64
    query = f"X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-Signature={signature}"
    client.put(f"/fanfare/_uploads/imports/o/a/f.csv?{query}", data="email\n", content_type="text/csv")
    assert signature not in journal(client)
    assert "X-Amz-Date=20260101T000000Z" in journal(client)


def test_what_signs_a_call_in_its_query_is_not_in_it(client: Client) -> None:
    client.get("/spotler/integrationservice/contact/1?oauth_signature=c2VjcmV0&oauth_nonce=1&page=2")
    assert "c2VjcmV0" not in journal(client)
    assert "page=2" in journal(client)
