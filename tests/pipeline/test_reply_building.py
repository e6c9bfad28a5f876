"""Replies in other forms than JSON of the operation's schema, and the pages that the journal knows of."""

import json
from typing import Any

import pytest

from mockserver.call import Call, Reply
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader
from tests.shop import CONTRACT, Shop, body

PEOPLE = "content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Person'}}}}"


def with_contract(shop: Shop, old: str, new: str) -> Shop:
    assert old in CONTRACT
    shop.vendor.contract = Contract(Document(yaml_loader.parse(CONTRACT.replace(old, new)), "shop"))
    return shop


def test_a_reply_may_have_another_media_type_of_its_contract(shop: Shop) -> None:
    also = PEOPLE.removesuffix("}") + ", text/csv: {schema: {type: string}}}"
    with_contract(shop, f"description: People.\n      {PEOPLE}", f"description: People.\n      {also}")
    kind = "text/csv; charset=utf-8"
    shop.behaviour["list_people"] = lambda call, world: Reply("name\n", headers={"Content-Type": kind})
    sent = shop.send("GET", "/people")
    assert (sent.status, sent.headers["Content-Type"], sent.body) == (
        200,
        "text/csv; charset=utf-8",
        b"name\n",
    )


def test_an_operation_without_the_default_media_type_has_no_problems_in_it(shop: Shop) -> None:
    start = "x-content-type-required: true"
    with_contract(shop, start, f"{start}\nx-default-media-type: application/xml")
    contract = shop.vendor.contract.document.root
    problems = contract["components"]["responses"]["Unauthorized"]["content"]
    problems["application/xml"] = {"schema": {"type": "object", "xml": {"name": "problem"}}}
    shop.vendor.contract = Contract(Document(contract, "shop"))
    for accept in ("application/json", "image/png"):
        sent = shop.send("GET", "/people", accept=accept, x_shop_key=None)
        assert sent.headers["Content-Type"].startswith("application/json"), accept


@pytest.mark.parametrize("number", [10, 6_000])
def test_the_page_of_a_reply_that_is_too_large_to_be_kept(shop: Shop, number: int) -> None:
    pages = "operationId: list_people\n      x-pages: {by: [limit], items: ''}"
    with_contract(shop, "operationId: list_people", pages)
    shop.behaviour["list_people"] = lambda call, world: [{"name": "Ada"}] * number
    assert shop.send("GET", "/people").status == 200
    assert shop.last().get("page") == ({"items": number, "has_next": False} if number > 10 else None)


def test_a_vendor_may_render_its_errors_itself(shop: Shop) -> None:
    def render(call: Call, status: int, body: Any) -> tuple[str, str]:
        return "application/problem+json", json.dumps({"status": status, "title": body["error"]})

    shop.implement("errors", error_context=shop.errors.error_context, render_error=render)
    sent = shop.send("GET", "/people", x_shop_key=None)
    assert (sent.status, sent.headers["Content-Type"]) == (401, "application/problem+json")
    assert body(sent) == {"status": 401, "title": "who_are_you"}
