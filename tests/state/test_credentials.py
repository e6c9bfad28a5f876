"""Credentials of a world: registration, minting, expiry, revocation and their maximum number."""

from datetime import timedelta

import pytest

from mockserver.errors import Problem
from mockserver.state import credentials
from mockserver.state.credentials import KnownCredential, is_valid
from mockserver.state.worlds import Worlds
from mockserver.storage.store import Store
from tests.state.conftest import START, Field, Shop

PAIRS = (
    Field("user", "Session", "{hex}@shop.test"),
    Field("password", None, "{hex}", beside="user"),
    Field("other_user", "Session", "{hex}@other.test", tenant="other"),
    Field("other_password", None, "{hex}", tenant="other", beside="other_user"),
    Field("sticker", None, "{hex}"),
)


@pytest.fixture
def pairs(store: Store) -> Worlds:
    worlds = Worlds(store, {"shop": Shop("shop", PAIRS), "depot": Shop("depot")}, {})
    worlds.create("x", "empty", now=START)
    return worlds


def ids(known: list[KnownCredential]) -> list[str]:
    return [one["id"] for one in known]


def test_initial_credentials_are_numbered_in_order(pairs: Worlds) -> None:
    initial = pairs.credentials("x").all()
    assert ids(initial) == ["credential-1", "credential-2", "credential-3"]
    assert [one["field"] for one in initial] == ["user", "other_user", "api_key"]
    assert [sorted(one["fields"]) for one in initial[:2]] == [
        ["password", "user"],
        ["other_password", "other_user"],
    ]
    assert [one.get("tenant") for one in initial] == [None, "other", None]
    assert {one["created"] for one in initial} == {"2026-01-01T00:00:00Z"}


def test_fields_that_belong_together_are_minted_together(pairs: Worlds) -> None:
    minted = pairs.credentials("x").mint("shop", tenant="other")
    assert minted["fields"].keys() == {"other_user", "other_password"}
    assert minted["value"] == minted["fields"]["other_user"]
    assert pairs.credential("shop", "other_user", minted["value"]) == minted
    assert pairs.get("x")["credentials"]["shop"]["other_user"] != minted["value"]


def test_ids_are_not_reused(pairs: Worlds) -> None:
    credentials_of_x = pairs.credentials("x")
    first = credentials_of_x.mint("shop")
    credentials_of_x.revoke(first["id"])
    assert credentials_of_x.mint("shop")["id"] != first["id"]


def test_an_issued_session_is_not_listed(pairs: Worlds) -> None:
    pairs.load(pairs.get("x"), "shop").issue("session", "t1", "other")
    assert len(pairs.credentials("x").all()) == 3
    session = pairs.credential("shop", "session", "t1")
    assert session
    assert session["tenant"] == "other"


def test_a_vendor_finds_only_valid_credentials_of_its_world(pairs: Worlds) -> None:
    credentials_of_x = pairs.credentials("x")
    minted = credentials_of_x.mint("shop", expires=START + timedelta(hours=1))
    pairs.create("y", "empty", now=START)
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", minted["value"]) == minted
    assert pairs.load(pairs.get("y"), "shop").find_credential("user", minted["value"]) is None
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", "nobody") is None
    pairs.clock("x").advance(timedelta(hours=1))
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", minted["value"]) is None
    pairs.clock("x").advance(timedelta(hours=-1))
    credentials_of_x.revoke(minted["id"])
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", minted["value"]) is None


def test_a_credential_is_valid_until_it_expires() -> None:
    session: KnownCredential = {"world": "x", "vendor": "shop", "field": "session", "value": "s"}
    known: KnownCredential = {**session, "expires": "2026-01-01T00:00:00Z", "revoked": False}
    assert is_valid(known, START - timedelta(microseconds=1))
    assert not is_valid(known, START)
    assert not is_valid({**session, "revoked": True}, START)
    assert is_valid(session, START)


def test_the_maximum_number_of_credentials(pairs: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials.MAX_CREDENTIALS == 1000
    monkeypatch.setattr(credentials, "MAX_CREDENTIALS", 5)
    credentials_of_x = pairs.credentials("x")
    credentials_of_x.revoke(credentials_of_x.mint("shop")["id"])
    credentials_of_x.mint("shop")
    with pytest.raises(Problem) as raised:
        credentials_of_x.mint("shop")
    assert raised.value.name == "too_many_credentials"
    assert len(credentials_of_x.all()) == 5


def test_deleting_a_world_deletes_its_credentials(pairs: Worlds) -> None:
    minted = pairs.credentials("x").mint("shop")
    pairs.delete("x")
    assert pairs.credential("shop", "user", minted["value"]) is None


def test_credentials_for_a_new_vendor_leave_revoked_ones_revoked(store: Store, pairs: Worlds) -> None:
    pairs.credentials("x").revoke("credential-1")
    more = Worlds(store, {**pairs.vendors, "kiosk": Shop("kiosk")}, {})
    more.grant_credentials()
    all_of_x = more.credentials("x").all()
    assert [(one["vendor"], one["revoked"]) for one in all_of_x] == [
        ("shop", True),
        ("shop", False),
        ("depot", False),
        ("kiosk", False),
    ]
