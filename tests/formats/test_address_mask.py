"""The addresses of a world are masked wherever they are, at a cost that callers cannot raise."""

import pytest

from mockserver.formats.address_mask import AddressMask, servers_mask
from mockserver.formats.capsule_reference import reference
from tests.hostile.caller import counted

HERE = "http://mock.test"
ORIGIN, SERVER = reference("origin"), reference("server")


@pytest.mark.parametrize("origin", [f"{HERE}/w/one/shop", f"{HERE}/shop"])
@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"a {HERE}/shop/x {HERE}/w/one/shop?y", f"a {ORIGIN}/x {ORIGIN}?y"),
        (f"{HERE}/shop", ORIGIN),
        (f"{HERE}/w/one/_mock {HERE}/w/other/shop", f"{SERVER}/_mock {SERVER}/w/other/shop"),
        (f"{HERE}{HERE}/shop", f"{SERVER}{ORIGIN}"),
        ("http://other.test/shop mock.test/shop", "http://other.test/shop mock.test/shop"),
        ("", ""),
    ],
)
def test_the_addresses_of_a_vendor_and_of_the_server(origin: str, text: str, masked: str) -> None:
    assert AddressMask(origin, "one")(text) == masked


@pytest.mark.parametrize("ending", ["2", "-two", "s", "_", "é", HERE])
def test_a_longer_name_is_not_the_vendors(ending: str) -> None:
    mask = AddressMask(f"{HERE}/w/one/shop", "one")
    assert mask(f"{HERE}/shop{ending} {HERE}/shop") == f"{SERVER}/shop{ending} {ORIGIN}".replace(HERE, SERVER)


def test_the_host_of_a_redirected_vendor_is_its_origin_and_no_other_is() -> None:
    text = "https://api.shop.test/x https://other.test/y"
    assert AddressMask("https://api.shop.test", "one")(text) == f"{ORIGIN}/x https://other.test/y"
    assert servers_mask(["https://api.shop.test"], "one")(text) == text


def test_the_longest_address_of_several_servers_is_masked() -> None:
    others = [f"{HERE}:80/w/one/shop", f"{HERE}/mount/shop", "https://mock.test/-", "/shop", ""]
    mask = servers_mask([f"{HERE}/shop", *others], "one")
    text = f"{HERE}:80/w/one/a, {HERE}/mount/w/one, {HERE}/mounting https://mock.test{HERE}."
    assert mask(text) == f"{SERVER}/a, {SERVER}, {SERVER}ing {SERVER}{SERVER}."
    assert servers_mask(["", "/shop"], "one")(text) == text


def test_a_server_is_masked_at_no_cost_of_its_length() -> None:
    origins = [f"http://{number}{'a' * 30_000}.localhost/shop" for number in range(10)]
    with counted() as calls:
        mask = servers_mask(origins, "one")
        for origin in origins:
            assert AddressMask(origin, "one")(f"{origin}/x") == f"{ORIGIN}/x"
            assert mask(f"{origin}/x") == f"{SERVER}/shop/x"
    assert calls[0] < 1_000


def test_many_servers_are_masked_at_the_cost_of_one() -> None:
    text = f"{HERE}/a " * 1_000
    masks = [servers_mask([f"{HERE}{port}/-" for port in range(number)], "one") for number in (10, 1_000)]
    costs = []
    for mask in masks:
        with counted() as calls:
            assert mask(text) == text
        costs.append(calls[0])
    assert costs[1] <= costs[0] < 10 * 1_000
