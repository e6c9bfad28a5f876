"""Spotler: the Swagger 1.2 document of the service."""

import pytest
import requests

from mockserver.client import World
from tests.read_vendors import read_vendor
from tests.vendors.spotler import Spotler

RESOURCES = [
    "audience",
    "audience-contact",
    "contact",
    "subscription",
    "order",
    "product",
    "automation",
    "campaign",
    "campaign-mailing",
    "trend-report",
    "mailing",
    "mailing-interaction",
    "conversion",
    "form",
    "templist",
]


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


def test_the_resources_are_listed_without_a_signature(spotler: Spotler) -> None:
    reply = requests.get(f"{spotler.url}/api-docs", timeout=10)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    body = reply.json()
    assert (body["apiVersion"], body["swaggerVersion"]) == ("1.0.0", "1.2")
    assert [one["path"] for one in body["apis"]] == [f"/{name}" for name in RESOURCES]


def test_all_operations_are_in_one_resource(spotler: Spotler) -> None:
    found = set()
    for name in RESOURCES:
        body = requests.get(f"{spotler.url}/api-docs/{name}", timeout=10).json()
        assert body["resourcePath"] == f"/{name}"
        assert body["basePath"] == "https://restapi.mailplus.nl/integrationservice"
        found |= {(one["method"], api["path"]) for api in body["apis"] for one in api["operations"]}
    expected = {
        (one.method, one.path.removeprefix("/integrationservice"))
        for one in read_vendor("spotler").contract.operations.values()
    }
    assert found == {one for one in expected if not one[1].startswith("/api-docs")}


def test_an_operation_and_its_models(spotler: Spotler) -> None:
    body = requests.get(f"{spotler.url}/api-docs/contact", timeout=10).json()
    operations = {(one["method"], api["path"]): one for api in body["apis"] for one in api["operations"]}
    search = operations["GET", "/contact/search"]
    assert (search["type"], search["produces"]) == ("ContactPage", ["application/json"])
    names = {one["name"]: one["required"] for one in search["parameters"]}
    assert names == {"MPSearchQuery": True, "pageSize": True, "after": False}
    read = operations["GET", "/contact/{externalId}"]
    assert read["produces"] == ["application/xml", "application/json"]
    not_found = next(one for one in read["responseMessages"] if one["code"] == 404)
    assert not_found["message"] == "Given contact not found"
    create = operations["POST", "/contact"]
    assert (create["type"], create["parameters"][-1]["type"]) == ("void", "ContactRequest")
    models = body["models"]
    assert {"Contact", "ContactRequest", "Property", "Channel", "ErrorResponse"} <= models.keys()
    assert models["Contact"]["properties"]["channels"] == {"type": "array", "items": {"$ref": "Channel"}}


def test_a_resource_with_errors_of_its_own(spotler: Spotler) -> None:
    body = requests.get(f"{spotler.url}/api-docs/automation", timeout=10).json()
    (operation,) = body["apis"][0]["operations"]
    models = {one["code"]: one["responseModel"] for one in operation["responseMessages"]}
    assert models[417] == models[404] == "ExternalTriggerValidationResult"
    assert models[401] == "ErrorResponse"


def test_an_unknown_resource(spotler: Spotler) -> None:
    reply = requests.get(f"{spotler.url}/api-docs/nope", timeout=10)
    assert (reply.status_code, reply.json()["errorType"]) == (404, "RESOURCE_NOT_FOUND")
