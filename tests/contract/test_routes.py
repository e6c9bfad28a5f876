"""Routing of paths, strict and lenient."""

from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.operation import Operation

LENIENT = {"ignore-case": True, "trailing-slash": True, "prefixes": {"/api": "", "/shop-1.1": "/shop"}}


def contract(leniency: dict[str, Any] | None = None) -> Contract:
    def one(name: str) -> dict[str, Any]:
        return {"operationId": name, "responses": {"200": {"description": "Good."}}}

    paths = {
        "/shop/list": {"get": one("list_things"), "x-aliases": ["/shop/all", "/old/{shop}/list"]},
        "/shop/{id}": {"get": one("get_thing"), "put": one("update_thing")},
        "/load/{id}": {"get": one("load_thing")},
        "/load/{id}/{part}": {"get": one("load_part")},
        "/load/{id}/weight": {"put": one("weigh_load")},
        "/load/search": {"get": one("search_loads")},
        "/load/kinds/{kind}": {"get": one("load_kind")},
    }
    root = {"openapi": "3.1.0", "paths": paths} | ({"x-paths": leniency} if leniency else {})
    return Contract(Document(root, "shop/openapi.yaml"))


def name(found: Operation | tuple[str, ...]) -> str | None:
    return found.id if isinstance(found, Operation) else None


@pytest.mark.parametrize(
    ("path", "strictly", "leniently"),
    [
        ("/shop/list", "list_things", "list_things"),
        ("/shop/all", "list_things", "list_things"),
        ("/old/x/list", "list_things", "list_things"),
        ("/shop/7", "get_thing", "get_thing"),
        ("/shop/LIST", "get_thing", "list_things"),
        ("/SHOP/7", None, "get_thing"),
        ("/shop/7/", None, "get_thing"),
        ("/shop/7//", None, None),
        ("/api/shop/7", None, "get_thing"),
        ("/API/Load/7/", None, "load_thing"),
        ("/shop-1.1/list", None, "list_things"),
        ("/shop-1.1", None, None),
        ("/apishop/7", None, None),
        ("/", None, None),
        ("", None, None),
    ],
)
def test_paths_are_matched(path: str, strictly: str | None, leniently: str | None) -> None:
    assert name(contract().route("GET", path)) == strictly
    assert name(contract(LENIENT).route("GET", path)) == leniently


def test_parameters_keep_their_case() -> None:
    lenient = contract(LENIENT)
    found = lenient.route("GET", "/API/SHOP/AbC/")
    assert isinstance(found, Operation)
    assert found.path_texts(lenient.normalize_path("/API/SHOP/AbC/")) == {"id": "AbC"}


def test_segment_with_a_word_in_it_goes_before_a_parameter_alone() -> None:
    replies = {"responses": {"200": {"description": "Good."}}}
    paths = {
        "/jobs/{id}": {"get": {"operationId": "get_job", **replies}},
        "/jobs/{id}:cancel": {"post": {"operationId": "cancel_job", **replies}},
    }
    jobs = Contract(Document({"openapi": "3.1.0", "paths": paths}, "jobs/openapi.yaml"))
    assert name(jobs.route("POST", "/jobs/7:cancel")) == "cancel_job"
    assert name(jobs.route("GET", "/jobs/7")) == "get_job"


def test_the_methods_of_a_path() -> None:
    assert contract(LENIENT).route("DELETE", "/Shop/7") == ("GET", "PUT")
    assert contract(LENIENT).route("POST", "/shop/all/") == ("GET",)


def test_standard_methods() -> None:
    shop = contract({**LENIENT, "standard-methods": True})
    assert name(shop.route("HEAD", "/Shop/7/")) == "get_thing"
    assert shop.route("HEAD", "/load/7/weight") == ("OPTIONS", "PUT")
    assert shop.route("OPTIONS", "/shop/7") == ("GET", "HEAD", "OPTIONS", "PUT")
    assert shop.route("OPTIONS", "/nowhere") == shop.route("HEAD", "/nowhere") == ()
    assert (shop.answers_options, contract(LENIENT).answers_options) == (True, False)
    assert contract(LENIENT).route("HEAD", "/shop/7") == ("GET", "PUT")


@pytest.mark.parametrize(
    ("method", "path", "loosely", "reserved"),
    [
        ("GET", "/load/search", "search_loads", "search_loads"),
        ("PUT", "/load/search", ("GET",), ("GET",)),
        ("GET", "/load/kinds", "load_thing", ()),
        ("PUT", "/load/kinds", ("GET",), ()),
        ("GET", "/load/kinds/7", "load_kind", "load_kind"),
        ("GET", "/load/search/7", "load_part", ()),
        ("PUT", "/load/search/weight", "weigh_load", ()),
        ("GET", "/load/7/weight", ("PUT",), ("PUT",)),
        ("GET", "/load/kind", "load_thing", "load_thing"),
        ("GET", "/load/7/search", "load_part", "load_part"),
    ],
)
def test_reserved_segments_are_no_values(method: str, path: str, loosely: Any, reserved: Any) -> None:
    for rules, expected in ({}, loosely), ({"reserved-segments": True}, reserved):
        found = contract(rules).route(method, path)
        assert (name(found) or found) == expected
    upper = contract({"reserved-segments": True, "ignore-case": True}).route(method, path.upper())
    assert (name(upper) or upper) == reserved


def test_an_operation_can_answer_every_method_of_its_path() -> None:
    anything = {
        "operationId": "receive",
        "x-any-method": True,
        "responses": {"200": {"description": "Good."}},
    }
    paths = {"/files/{name}": {"put": anything}, "/files": {"get": {**anything, "operationId": "list_files"}}}
    del paths["/files"]["get"]["x-any-method"]
    own = Contract(Document({"openapi": "3.1.0", "paths": paths}, "files/openapi.yaml"))
    for method in ("PUT", "GET", "DELETE", "HEAD"):
        assert name(own.route(method, "/files/one")) == "receive"
    assert own.route("PUT", "/files") == ("GET",)


def test_a_path_can_catch_what_is_below_a_prefix() -> None:
    def one(name: str) -> dict[str, Any]:
        return {"operationId": name, "responses": {"200": {"description": "Good."}}}

    names: list[dict[str, Any]] = [
        {"name": one, "in": "path", "required": True, "schema": {}} for one in ("shelf", "name")
    ]
    paths = {
        "/files/{shelf}/by/{name}": {
            "put": {**one("store"), "parameters": names},
            "x-catches": ["/files/{shelf}/by", "/box-{number}"],
        },
        "/box-7/lid": {"get": one("open")},
    }
    own = Contract(Document({"openapi": "3.1.0", "paths": paths}, "files/openapi.yaml"))
    for path, known in {
        "/files/a/by/b": {"shelf": "a", "name": "b"},
        "/files/a/by": {"shelf": "a"},
        "/files/a/by/b/c\n/": {"shelf": "a"},
        "/box-7": {},
        "/box-7/x/by/y": {},
    }.items():
        found = own.route("PUT", path)
        assert isinstance(found, Operation)
        assert [one.name for one in found.parameters] == [*known]
        assert known.items() <= found.path_texts(path).items()
    assert own.route("GET", "/box-7/x") == ("PUT",)
    assert own.route("PUT", "/box-7/lid") == ("GET",)
    for path in ("/files/a", "/files/a/byx/b", "/box-/x", "/boxes/x", "/x/box-7"):
        assert own.route("PUT", path) == ()
