"""Tests of the Example Vendor scaffold, to be replaced together with it."""

from typing import Any

import pytest
import requests

from mockserver.client import World

VENDOR = "example_vendor"


def send(world: World, path: str, method: str = "GET", **query: Any) -> requests.Response:
    """The response to one call, whatever its status."""
    url, headers = world.url(VENDOR) + path, world.headers(VENDOR)
    return requests.request(method, url, headers=headers, params=query, timeout=20)


def audiences(world: World) -> list[dict[str, Any]]:
    """All audiences, read in pages of two."""
    found: list[dict[str, Any]] = []
    offset: int | None = 0
    while offset is not None:
        page = send(world, "/v1/audiences", limit=2, offset=offset).json()
        assert 1 <= len(page["audiences"]) <= 2
        found += page["audiences"]
        offset = page["nextOffset"]
    return found


def test_each_person_is_in_the_audience_of_a_country(mockserver: World) -> None:
    found = audiences(mockserver)
    assert [one["name"][-2:] for one in found] == ["DE", "FI", "GB", "NL", "SE", "US"]
    assert sum(one["members"] for one in found) == mockserver.people


def test_get_audience_by_id(mockserver: World) -> None:
    for one in audiences(mockserver):
        assert send(mockserver, f"/v1/audiences/{one['id']}").json() == one


@pytest.mark.mockserver(scenario="empty", now="2026-01-01T00:00:00Z")
def test_backstage_audience_is_listed(mockserver: World) -> None:
    assert send(mockserver, "/v1/audiences").json() == {"audiences": [], "nextOffset": None}
    made = mockserver.backstage(VENDOR, "create_audience", name="Spring guests")
    assert (made["members"], made["createdAt"]) == (0, "2026-01-01T00:00:00Z")
    assert audiences(mockserver) == [made]


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/v1/audiences?limit=101", 400, "bad_request"),
        ("GET", "/v1/audiences/not-a-uuid", 400, "bad_request"),
        ("GET", "/v1/audiences/00000000-0000-4000-8000-000000000000", 404, "audience_not_found"),
        ("GET", "/v2/audiences", 404, "not_found"),
        ("POST", "/v1/audiences", 405, "method_not_allowed"),
    ],
)
def test_invalid_calls_are_rejected(
    mockserver: World, method: str, path: str, status: int, error: str
) -> None:
    response = send(mockserver, path, method)
    assert (response.status_code, response.json()["error"]) == (status, error)


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "unknown"}])
def test_missing_or_unknown_key_is_rejected(mockserver: World, headers: dict[str, str]) -> None:
    response = requests.get(f"{mockserver.url(VENDOR)}/v1/audiences", headers=headers, timeout=20)
    assert (response.status_code, response.json()["error"]) == (401, "unauthorized")
