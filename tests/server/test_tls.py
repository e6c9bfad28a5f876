"""TLS: a certificate for each host name, on the port of HTTP, by the event loop alone."""

import logging
import socket
import ssl
import stat
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import InvalidCertificateError
from mockserver.server import serving as server_loop
from mockserver.server.certificates import LocalAuthority, context_of_files
from mockserver.server.http_server import Server, fast_loop_factory
from tests.server.authority import new_authority, over_tls, trusting
from tests.server.wire import connected, get, parse, serving, until_closed


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return new_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def server(request: pytest.FixtureRequest, authority: LocalAuthority) -> Iterator[Server]:
    factory = fast_loop_factory() if request.param == "uvloop" else None
    with serving(ssl_context=authority.context(["here.example"]), loop_factory=factory) as server:
        yield server


def alternative_names(connection: ssl.SSLSocket) -> list[str]:
    facts: Any = connection.getpeercert()
    return [value for _kind, value in facts["subjectAltName"]]


@pytest.mark.parametrize(
    "host", ["api.ap3api.com", "a-b.voyado.com", "xn--caf-dma.example", "some.localhost"]
)
def test_each_host_has_a_certificate_of_its_own(server: Server, authority: LocalAuthority, host: str) -> None:
    with connected(server) as line, over_tls(line, authority, host, "h2", "http/1.1") as secure:
        assert alternative_names(secure) == [host]
        assert secure.selected_alpn_protocol() == "http/1.1"
        secure.sendall(get("/a") + get("/b", "Connection: close"))
        first, second = parse(until_closed(secure))
    assert (b'"path": "/a"' in first.body, b'"path": "/b"' in second.body) == (True, True)
    assert b'"base": "https://here"' in first.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_has_one_certificate(server: Server, authority: LocalAuthority, host: str) -> None:
    with connected(server) as line, over_tls(line, authority, host, "h2") as secure:
        assert alternative_names(secure)[:4] == ["localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "here.example"]
        assert secure.selected_alpn_protocol() is None


def test_a_name_that_no_certificate_can_have_is_served_like_none(
    server: Server, authority: LocalAuthority
) -> None:
    context = trusting(authority)
    context.check_hostname = False
    with connected(server) as line, context.wrap_socket(line, server_hostname="no_name-.x") as secure:
        assert "localhost" in alternative_names(secure)


def test_large_bodies_pass_both_ways_without_a_thread(server: Server, authority: LocalAuthority) -> None:
    body = bytes(3 << 20)
    before = threading.active_count()
    with connected(server) as line, over_tls(line, authority, "localhost") as secure:
        secure.sendall(get("/", f"Content-Length: {len(body)}", method="POST") + body)
        secure.sendall(get("/large", "Connection: close"))
        assert threading.active_count() == before
        echoed, large = parse(until_closed(secure), "POST")
    assert (echoed.status, len(large.body)) == (200, 8 << 20)


def test_a_refusal_arrives_although_the_client_writes_on(server: Server, authority: LocalAuthority) -> None:
    with connected(server) as line, over_tls(line, authority, "localhost") as secure:
        secure.sendall(b"hello\r\n\r\n" + bytes(1 << 20))
        [refused] = parse(until_closed(secure))
    assert refused.status == 400


def test_a_client_may_end_its_side_first(server: Server, authority: LocalAuthority) -> None:
    with connected(server) as line, over_tls(line, authority, "localhost") as secure:
        secure.sendall(get("/last"))
        line_end = socket.fromfd(secure.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        line_end.shutdown(socket.SHUT_WR)
        line_end.close()
        [reply] = parse(until_closed(secure))
    assert reply.status == 200


def test_a_hello_without_end_is_given_up(authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_loop, "_SWEEP_SECONDS", 0.05)
    junk = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    with (
        serving(ssl_context=authority.context(), limits={"head_seconds": 0.2}) as server,
        connected(server, junk) as line,
        connected(server, junk[:1]) as other,
    ):
        assert until_closed(line) == until_closed(other) == b""


@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_hello_may_come_in_pieces(server: Server, authority: LocalAuthority, first: int) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(authority).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = outgoing.read()
    with connected(server, hello[:first]) as line:
        threading.Event().wait(0.05)  # else both pieces would be received as one
        line.sendall(hello[first:])
        assert line.recv(2) == b"\x16\x03"


def test_a_byte_that_begins_no_hello_is_refused_with_what_follows(server: Server) -> None:
    with connected(server, b"\x16") as line:
        threading.Event().wait(0.05)
        line.sendall(get("/a"))
        (refused,) = parse(until_closed(line))
    assert refused.status == 400


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff" + bytes(70_000)])
def test_junk_gets_an_alert(server: Server, junk: bytes) -> None:
    with connected(server, junk) as line:
        try:
            alert = until_closed(line)
        except ConnectionResetError:
            alert = b"\x15"
    assert alert[:1] == b"\x15"


def test_tls_within_tls_needs_a_tunnel(server: Server, authority: LocalAuthority) -> None:
    with connected(server) as line, over_tls(line, authority, "localhost") as secure:
        secure.sendall(b"\x16\x03\x01\x00\x05hello")
        [refused] = parse(until_closed(secure))
    assert refused.status == 400


def test_a_client_that_does_not_trust_the_ca_is_logged_with_the_fix(
    server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    other = new_authority(tmp_path)
    with (
        caplog.at_level(logging.WARNING),
        connected(server) as line,
        pytest.raises(ssl.SSLCertVerificationError),
        over_tls(line, other, "localhost"),
    ):
        pass
    with connected(server, get("/", "Connection: close")) as line:
        until_closed(line)  # the server has read the alert before
    [record] = caplog.records
    assert "does not trust the certificate" in record.getMessage()
    assert "mockserver ca" in record.getMessage()


# The authority


def test_the_key_is_its_owners_and_the_ca_stays(tmp_path: Path) -> None:
    first = new_authority(tmp_path)
    folder = first.path.parent
    assert first.path.name == "ca.pem"
    assert sorted(one.name for one in folder.iterdir()) == ["ca-key.pem", "ca.pem"]
    assert stat.S_IMODE((folder / "ca-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"PRIVATE KEY" not in first.path.read_bytes()
    first.path.unlink()
    assert new_authority(tmp_path).certificate == first.certificate == first.path.read_bytes()


def test_processes_that_start_together_share_one_ca(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_authority(tmp_path).certificate, range(8)))
    assert len(set(made)) == 1


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\njunk"])
def test_a_damaged_ca_is_one_line(tmp_path: Path, content: bytes) -> None:
    folder = new_authority(tmp_path).path.parent
    (folder / "ca-key.pem").write_bytes(content)
    with pytest.raises(
        InvalidCertificateError, match=r"has no CA and its key .*; delete it for a new CA"
    ) as raised:
        LocalAuthority.open(folder)
    assert "\n" not in str(raised.value)


def test_the_driver_that_is_missing_is_named_and_the_ca_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_authority(tmp_path).path.parent
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(InvalidCertificateError, match=r"^TLS needs trustme, which is not installed"):
        LocalAuthority.open(folder)


def test_certificates_of_files(authority: LocalAuthority, tmp_path: Path) -> None:
    leaf = authority._authority.issue_cert("own.example")
    both = tmp_path / "both.pem"
    both.write_bytes(leaf.private_key_and_cert_chain_pem.bytes())
    context = context_of_files(both, None)
    with (
        serving(ssl_context=context) as server,
        connected(server) as line,
        over_tls(line, authority, "own.example") as secure,
    ):
        assert alternative_names(secure) == ["own.example"]
    chain = tmp_path / "chain.pem"
    chain.write_bytes(leaf.cert_chain_pems[0].bytes())
    with pytest.raises(InvalidCertificateError, match=r"chain\.pem for TLS .*--tls-key") as raised:
        context_of_files(chain, None)
    assert "\n" not in str(raised.value)
