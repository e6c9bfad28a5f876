"""The hosts that the servers of a contract match."""

from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract.servers import Hosts, Server
from tests.read_vendors import read_vendor


def read(url: str, **defaults: str) -> Server | None:
    variables = {name: {"default": default} for name, default in defaults.items()}
    node: dict[str, Any] = {"url": url, "variables": variables}
    return Server.read(node)


def found(url: str, **defaults: str) -> Server:
    server = read(url, **defaults)
    assert server is not None
    return server


def test_a_plain_host_matches_itself() -> None:
    server = found("https://API.example.com")
    assert server.matches("api.example.com")
    for other in ("example.com", "my.api.example.com", "apixexample.com", "api.example.com.evil.test", ""):
        assert not server.matches(other)


def test_a_variable_matches_one_label() -> None:
    server = found("https://{tenant}.example.com", tenant="abc")
    for own in ("abc.example.com", "my-shop2.example.com", "x.example.com", "my_shop.example.com"):
        assert server.matches(own)
    for other in ("example.com", ".example.com", "a.b.example.com", "-a.example.com", "a-.example.com"):
        assert not server.matches(other)


def test_a_host_of_only_variables_takes_their_defaults() -> None:
    server = found("https://{host}", host="vendor.example")
    assert server.url == "https://vendor.example"
    assert server.matches("vendor.example")
    assert not server.matches("127.0.0.1")
    assert not found("https://{host}").matches("127.0.0.1")


def test_a_base_path_has_no_trailing_slash_and_no_variables() -> None:
    server = found("https://{tenant}.example.com:{port}/api/{version}/", tenant="a", version="v2", port="443")
    assert server.base_path == "/api/v2"
    assert server.url == "https://{tenant}.example.com:{port}/api/v2/"
    assert server.matches("b.example.com")
    assert found("https://example.com/").base_path == ""


@pytest.mark.parametrize("url", ["/", "/api", "api"])
def test_a_url_without_a_host_is_ignored(url: str) -> None:
    assert read(url) is None


def test_a_host_header_finds_its_vendor() -> None:
    servers = [("shop", found("https://shop.example/v1")), ("mail", found("https://{who}.mail.example"))]
    hosts = Hosts(servers)
    assert hosts.find("a.b.shop.mockserver.localhost:80") == ("shop", "/v1", "a.b")
    assert hosts.find("MAIL.mockserver.test") == ("mail", "", None)
    assert hosts.find("other.mockserver.test") is None
    assert hosts.find("shop.example") == ("shop", "/v1", None)
    assert hosts.find("Shop.Example.:8443") == ("shop", "/v1", None)
    assert hosts.find("me.mail.example:80") == ("mail", "", None)
    for strange in ("", "127.0.0.1:4700", "[::1]:4700", "mail.example", "shop.example:x", "\n"):
        assert hosts.find(strange) is None


def test_every_vendor_has_hosts_and_shares_none() -> None:
    servers = {name: read_vendor(name).contract.servers for name in vendors.names()}
    assert len(servers) > 1
    for name, own in servers.items():
        assert own
        hosts = {server.url.partition("://")[2].replace("{", "").replace("}", "") for server in own}
        for other, theirs in servers.items():
            if other != name:
                assert not [host for host in hosts for server in theirs if server.matches(host)]
