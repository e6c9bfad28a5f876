"""Credentials of a world: what is minted together, what ends, and how many there may be."""

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


def test_those_of_the_start_are_numbered_in_order(pairs: Worlds) -> None:
    given = pairs.credentials("x").all()
    assert ids(given) == ["credential-1", "credential-2", "credential-3"]
    assert [one["field"] for one in given] == ["user", "other_user", "api_key"]
    assert [sorted(one["fields"]) for one in given[:2]] == [
        ["password", "user"],
        ["other_password", "other_user"],
    ]
    assert [one.get("tenant") for one in given] == [None, "other", None]
    assert {one["created"] for one in given} == {"2026-01-01T00:00:00Z"}


def test_a_pair_is_minted_as_a_pair(pairs: Worlds) -> None:
    minted = pairs.credentials("x").mint("shop", tenant="other")
    assert minted["fields"].keys() == {"other_user", "other_password"}
    assert minted["value"] == minted["fields"]["other_user"]
    assert pairs.credential("shop", "other_user", minted["value"]) == minted
    assert pairs.get("x")["credentials"]["shop"]["other_user"] != minted["value"]


def test_ids_are_not_used_again(pairs: Worlds) -> None:
    kept = pairs.credentials("x")
    first = kept.mint("shop")
    kept.revoke(first["id"])
    assert kept.mint("shop")["id"] != first["id"]


def test_a_session_is_none_of_them(pairs: Worlds) -> None:
    pairs.load(pairs.get("x"), "shop").issue("session", "t1", "other")
    assert len(pairs.credentials("x").all()) == 3
    session = pairs.credential("shop", "session", "t1")
    assert session
    assert session["tenant"] == "other"


def test_a_vendor_is_told_only_of_its_worlds_own_that_hold(pairs: Worlds) -> None:
    kept = pairs.credentials("x")
    minted = kept.mint("shop", expires=START + timedelta(hours=1))
    pairs.create("y", "empty", now=START)
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", minted["value"]) == minted
    assert pairs.load(pairs.get("y"), "shop").find_credential("user", minted["value"]) is None
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", "nobody") is None
    pairs.clock("x").advance(timedelta(hours=1))
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", minted["value"]) is None
    pairs.clock("x").advance(timedelta(hours=-1))
    kept.revoke(minted["id"])
    assert pairs.load(pairs.get("x"), "shop").find_credential("user", minted["value"]) is None


def test_it_holds_until_the_very_moment() -> None:
    session: KnownCredential = {"world": "x", "vendor": "shop", "field": "session", "value": "s"}
    known: KnownCredential = {**session, "expires": "2026-01-01T00:00:00Z", "revoked": False}
    assert is_valid(known, START - timedelta(microseconds=1))
    assert not is_valid(known, START)
    assert not is_valid({**session, "revoked": True}, START)
    assert is_valid(session, START)


def test_a_world_has_a_thousand_at_most(pairs: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials.MAX_CREDENTIALS == 1000
    monkeypatch.setattr(credentials, "MAX_CREDENTIALS", 5)
    kept = pairs.credentials("x")
    kept.revoke(kept.mint("shop")["id"])
    kept.mint("shop")
    with pytest.raises(Problem) as refusal:
        kept.mint("shop")
    assert refusal.value.name == "too_many_credentials"
    assert len(kept.all()) == 5


def test_a_world_that_is_gone_takes_them_along(pairs: Worlds) -> None:
    minted = pairs.credentials("x").mint("shop")
    pairs.delete("x")
    assert pairs.credential("shop", "user", minted["value"]) is None


def test_another_servers_vendors_are_let_in_without_reviving_anything(store: Store, pairs: Worlds) -> None:
    pairs.credentials("x").revoke("credential-1")
    more = Worlds(store, {**pairs.vendors, "kiosk": Shop("kiosk")}, {})
    more.grant_credentials()
    kept = more.credentials("x").all()
    assert [(one["vendor"], one["revoked"]) for one in kept] == [
        ("shop", True),
        ("shop", False),
        ("depot", False),
        ("kiosk", False),
    ]
