"""Credentials of a world: minted, of two tenants, expired by the world's clock, revoked."""

from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.signing import signed

CALLS: dict[str, tuple[str, str, Any]] = {
    # one call of every vendor that needs a credential; the login for vendors with sessions
    "fanfare": ("GET", "/api/v1/audiences", None),
    "voyado": ("GET", "/api/v3/target-audiences", None),
    "digitalaudience": ("GET", "/audience/loadaudiences", None),
    "spotler": ("GET", "/integrationservice/contact/properties/list", None),
    "ortto": ("POST", "/v1/audiences/get", {}),
}


class Keys:
    """The credentials of one world, through HTTP."""

    def __init__(self, server: MockServer, world: World) -> None:
        self._url = f"{server.url}/_mock/worlds/{world.name}/credentials"
        self._server = server
        self.world = world

    def all(self, vendor: str | None = None) -> list[dict[str, Any]]:
        found = requests.get(self._url, timeout=20).json()["credentials"]
        return [one for one in found if vendor in (None, one["vendor"])]

    def mint(self, vendor: str, status: int = 201, **wish: Any) -> dict[str, Any]:
        reply = requests.post(self._url, json={"vendor": vendor, **wish}, timeout=20)
        assert reply.status_code == status, reply.text
        minted: dict[str, Any] = reply.json()
        return minted

    def revoke(self, id: str, status: int = 204) -> requests.Response:
        reply = requests.delete(f"{self._url}/{id}", timeout=20)
        assert reply.status_code == status, reply.text
        return reply

    def opens(self, one: dict[str, Any]) -> requests.Response:
        """A call with this credential and a base URL that names no world."""
        vendor, (method, path, body) = one["vendor"], CALLS[one["vendor"]]
        url = f"{self._server.url}/{vendor}{path}"
        headers = dict(one["headers"])
        session = requests.Session()
        if vendor == "digitalaudience":
            name, password = one["fields"].values()
            login = session.post(
                f"{self._server.url}/{vendor}/account/login",
                json={"userName": name, "password": password},
                timeout=20,
            )
            if login.status_code != 200:
                return login
        if vendor == "spotler":
            headers["Authorization"] = signed(method, url, one["fields"])
        headers["Content-Type"] = "application/json"
        return session.request(method, url, json=body, headers=headers, timeout=20)


@pytest.fixture
def keys(mockserver_server: MockServer, mockserver: World) -> Keys:
    return Keys(mockserver_server, mockserver)


@pytest.mark.parametrize("vendor", CALLS)
def test_a_minted_credential_identifies_its_world(keys: Keys, vendor: str) -> None:
    minted = keys.mint(vendor)
    assert minted["minted"] is True
    assert minted["fields"].keys() == {"spotler": {"consumer_key", "consumer_secret"}}.get(
        vendor, {"digitalaudience": {"userName", "password"}}.get(vendor, {minted["kind"]})
    )
    assert keys.opens(minted).status_code == 200
    assert {one["vendor"] for one in keys.world.journal()} == {vendor}
    assert keys.all(vendor)[-1] == minted


@pytest.mark.parametrize("vendor", CALLS)
def test_a_revoked_credential_is_rejected_in_its_world_as_unknown(keys: Keys, vendor: str) -> None:
    (given,) = [one for one in keys.all(vendor) if not one["tenant"]][:1]
    minted = keys.mint(vendor)
    for one in (given, minted):
        assert keys.opens(one).status_code == 200
        keys.revoke(one["id"])
        refused = keys.opens(one)
        assert refused.status_code == 401
        assert keys.world.journal()[-1]["reply"]["status"] == 401, "it stands in the journal of its own world"
    stranger = keys.mint(vendor)
    keys.revoke(stranger["id"])
    assert [one["revoked"] for one in keys.all(vendor) if one["id"] == stranger["id"]] == [True]


def test_a_revoked_credential_is_answered_like_an_unknown_one(
    keys: Keys, mockserver_server: MockServer
) -> None:
    url = f"{keys.world.url('fanfare')}/api/v1/audiences"
    minted = keys.mint("fanfare")
    keys.revoke(minted["id"])
    replies = [
        requests.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=20)
        for key in (minted["fields"]["secret_key"], "sk_test_of_nobody")
    ]
    assert replies[0].status_code == replies[1].status_code == 401
    assert replies[0].json() == replies[1].json()


def test_a_credential_expires_by_the_worlds_clock(keys: Keys) -> None:
    keys.world.clock.freeze("2026-03-01T12:00:00Z")
    minted = keys.mint("ortto", expires_in=3600)
    assert minted["expires"] == "2026-03-01T13:00:00Z"
    keys.world.clock.advance(minutes=59)
    assert keys.opens(minted).status_code == 200
    keys.world.clock.advance(minutes=1)
    assert keys.opens(minted).status_code == 401
    assert [one["expired"] for one in keys.all("ortto")] == [False, True]
    keys.world.clock.freeze("2026-03-01T12:30:00Z")
    assert keys.opens(minted).status_code == 200, "no test is locked out for good by a clock"


def test_a_credential_can_expire_at_a_timestamp(keys: Keys) -> None:
    keys.world.clock.freeze("2026-03-01T12:00:00Z")
    minted = keys.mint("voyado", expires="2026-03-01T13:30:00+01:00")
    assert minted["expires"] == "2026-03-01T12:30:00Z"
    assert keys.opens(minted).status_code == 200
    keys.world.clock.advance(minutes=30)
    assert keys.opens(minted).status_code == 401


@pytest.mark.parametrize("end", ["revoke", "expire"])
def test_the_sessions_of_a_user_end_with_the_credential(keys: Keys, end: str) -> None:
    minted = keys.mint("digitalaudience", expires_in=600)
    base = keys.world.url("digitalaudience")
    session = requests.Session()
    login = session.post(f"{base}/account/login", json=minted["fields"], timeout=20)
    assert login.status_code == 200
    assert session.get(f"{base}/audience/loadaudiences", timeout=20).status_code == 200
    if end == "revoke":
        keys.revoke(minted["id"])
    else:
        keys.world.clock.advance(minutes=10)
    assert session.get(f"{base}/audience/loadaudiences", timeout=20).status_code == 401
    assert session.post(f"{base}/account/login", json=minted["fields"], timeout=20).status_code != 200


def test_a_minted_credential_sees_its_tenants_data(keys: Keys) -> None:
    base = f"{keys.world.url('fanfare')}/api/v1/audiences"
    first, other = keys.mint("fanfare"), keys.mint("fanfare", tenant="other")
    assert other["tenant"] == "other"
    body = {"name": "Only the other's", "type": "STATIC"}
    made = requests.post(base, json=body, headers=other["headers"], timeout=20)
    assert made.status_code == 200, made.text
    id = made.json()["id"]
    assert requests.get(f"{base}/{id}", headers=other["headers"], timeout=20).status_code == 200
    assert requests.get(f"{base}/{id}", headers=first["headers"], timeout=20).status_code == 404


def test_a_minted_user_belongs_to_its_tenant(keys: Keys) -> None:
    minted = keys.mint("digitalaudience", tenant="other")
    assert minted["fields"].keys() == {"other_userName", "other_password"}
    assert keys.opens(minted).status_code == 200
    (given,) = [one for one in keys.all("digitalaudience") if one["tenant"] and not one["minted"]]
    assert keys.opens(minted).json() == keys.opens(given).json()


def test_a_kind_can_be_chosen(keys: Keys) -> None:
    restricted = keys.mint("fanfare", kind="restricted_key")
    assert restricted["kind"] == "restricted_key"
    assert keys.opens(restricted).status_code == 403


@pytest.mark.parametrize(
    ("vendor", "wish"),
    [
        ("ortto", {"tenant": "other"}),
        ("ortto", {"kind": "apikey"}),
        ("spotler", {"kind": "consumer_secret"}),
        ("fanfare", {"kind": "secret_key", "tenant": "other"}),
        ("fanfare", {"kind": "publishable_key"}),
    ],
)
def test_unknown_kinds_are_rejected(keys: Keys, vendor: str, wish: dict[str, str]) -> None:
    refusal = keys.mint(vendor, 404, **wish)
    assert refusal["error"] == "unknown_credential_kind"
    assert all(value in refusal["message"] for value in wish.values())
    assert " (available: " in refusal["message"]


def test_unknown_names_are_rejected(keys: Keys) -> None:
    assert keys.mint("orto", 404)["error"] == "unknown_vendor"
    assert keys.revoke("credential-999", 404).json()["error"] == "unknown_credential"
    minted = keys.mint("ortto")
    keys.revoke(minted["id"])
    assert keys.revoke(minted["id"], 404).json()["error"] == "unknown_credential"
    assert (
        keys.mint("ortto", 400, expires_in=5, expires="2026-03-01T12:00:00Z")["error"] == "call_does_not_fit"
    )


def test_a_reset_restores_initial_credentials_and_keeps_minted_ones(keys: Keys) -> None:
    (given,) = keys.all("ortto")
    kept, gone = keys.mint("ortto"), keys.mint("ortto")
    for one in (given, gone):
        keys.revoke(one["id"])
    keys.world.reset()
    assert [keys.opens(one).status_code for one in (given, kept, gone)] == [200, 200, 401]


def test_a_fork_has_credentials_of_its_own(keys: Keys, mockserver_server: MockServer) -> None:
    minted = keys.mint("ortto")
    fork = mockserver_server.control.create_world(fork=keys.world.name)
    try:
        there = Keys(mockserver_server, fork).all("ortto")
        assert len(there) == 1
        assert there[0]["fields"] != minted["fields"]
    finally:
        fork.delete()
