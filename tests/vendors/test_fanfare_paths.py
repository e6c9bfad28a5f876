"""Fanfare: literal path segments are never ids, and the base path of the newer documentation."""

import pytest

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, V1, VIP, Fanfare

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(
    "path",
    [
        f"{AUDIENCES}/groups",
        f"{AUDIENCES}/import",
        f"{AUDIENCES}/import/members",
        f"{AUDIENCES}/loyalty-tiers/x/rules",
        f"{CONSUMERS}/search/audiences",
        f"{CONSUMERS}/batch/audiences",
        f"{V1}/orders/batch/items",
        f"{V1}/products/batch",
        f"{V1}/organizations/me",
    ],
)
def test_literal_segments_are_no_ids(fanfare: Fanfare, path: str) -> None:
    for method in METHODS:
        assert fanfare.refused(404, method, path) == {"error": "Not found"}, method


def test_literal_segments_have_operations_of_their_own(fanfare: Fanfare) -> None:
    assert fanfare.get(f"{CONSUMERS}/search", q="nobody at all")["data"] == []
    assert fanfare.send("POST", f"{CONSUMERS}/batch", []) == []
    assert fanfare.get(f"{V1}/sync-sources/search")["data"]
    assert fanfare.send("POST", f"{V1}/orders/batch", []) == []


def test_the_base_path_without_a_version_is_the_same(fanfare: Fanfare) -> None:
    audience = fanfare.send("POST", "/api/audiences", {"name": "A", "type": "DYNAMIC", "rules": [VIP]})
    assert fanfare.get(f"{AUDIENCES}/{audience['id']}") == fanfare.get(f"/api/audiences/{audience['id']}")
    assert fanfare.get("/api/consumers/search", q="jo") == fanfare.get(f"{CONSUMERS}/search", q="jo")
    assert fanfare.get("/api/klaviyo") == fanfare.get(f"{V1}/klaviyo")
    fanfare.send("DELETE", f"/api/audiences/{audience['id']}")
    fanfare.refused(404, "GET", f"{AUDIENCES}/{audience['id']}")


@pytest.mark.mockserver(strict=False)
def test_other_base_paths_are_unknown(fanfare: Fanfare) -> None:
    for path in ("/audiences", "/api/v2/audiences", "/api/v1/v1/audiences", "/api", "/api/v1"):
        assert fanfare.refused(404, "GET", path) == {"error": "Not found"}
