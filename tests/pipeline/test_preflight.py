"""OPTIONS on the paths of a contract that declares a reply to it."""

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.formats import yaml_loader
from tests.shop import CONTRACT, Shop

PREFLIGHT = """
x-preflight:
  '204':
    description: What a browser may send.
    headers: {Access-Control-Allow-Methods: {schema: {const: 'GET, POST, OPTIONS'}}}
"""


def with_preflight(shop: Shop) -> Shop:
    contract = Contract(Document(yaml_loader.parse(CONTRACT + PREFLIGHT), "shop"))
    shop.vendor.contract = contract
    return shop


def test_a_preflight_needs_no_credentials_and_no_content_type(shop: Shop) -> None:
    reply = with_preflight(shop).send("OPTIONS", "/people", x_shop_key=None, content_type=None)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    exchange = shop.last()
    assert (exchange["flaw"], exchange["nearest"], exchange["problem"]) == (None, None, None)


def test_an_unknown_path_has_no_preflight(shop: Shop) -> None:
    assert with_preflight(shop).send("OPTIONS", "/nowhere").status == 404
    assert shop.last()["flaw"] == "unknown_path"


def test_without_a_declared_reply_options_is_another_method(shop: Shop) -> None:
    assert shop.send("OPTIONS", "/people").status == 405
    assert shop.last()["flaw"] == "unknown_method"
