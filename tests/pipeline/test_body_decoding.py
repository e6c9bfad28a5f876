"""The hooks `decode_body` and `decode_text`: bodies as the vendor's own decoder reads them."""

from typing import Any

from mockserver.contract.operation import Operation
from mockserver.contract.validation import Violation
from tests.shop import Shop, body, error


def decode_body(operation: Operation, given: Any) -> tuple[Any, list[Violation]]:
    if operation.id == "add_person" and "NAME" in given:
        return {"name": given["NAME"]}, []
    if operation.id == "add_person" and given.get("name") == "Nobody":
        return given, [Violation("body", "/name", "name", "nobody has this name", "Nobody")]
    return given, []


def test_the_schema_and_the_handler_see_the_decoded_body(shop: Shop) -> None:
    assert error(shop.send("POST", "/people", {"NAME": "Åsa"}))[1] == "unfit"
    shop.implement("request_bodies", decode_body=decode_body)
    assert body(shop.send("POST", "/people", {"NAME": "Åsa"})) == {"name": "Åsa"}
    assert shop.names() == ["Åsa"]
    assert error(shop.send("POST", "/people", {"NAME": ""}))[1] == "unfit"


def test_what_the_decoder_rejects_is_a_violation(shop: Shop) -> None:
    shop.implement("request_bodies", decode_body=decode_body)
    assert body(shop.send("POST", "/people", {"name": "Nobody"}))["field"] == "name"
    (violation,) = shop.last()["violations"]
    assert (violation["pointer"], violation["message"]) == ("/name", "nobody has this name")
    assert body(shop.send("GET", "/people")) == []


def test_bytes_that_are_not_json_can_be_decoded(shop: Shop) -> None:
    raw = b'\xef\xbb\xbf{"name": "Bo"}'
    assert shop.send("POST", "/people", raw).status == 400
    shop.implement("request_bodies", decode_text=lambda raw: raw.removeprefix(b"\xef\xbb\xbf"))
    assert body(shop.send("POST", "/people", raw)) == {"name": "Bo"}
    assert shop.send("POST", "/people", b"\xef\xbb\xbf{").status == 400
