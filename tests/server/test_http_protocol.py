"""HTTP over raw sockets: framing, order, limits, refusals, waits."""

import errno
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any
from unittest.mock import patch

import pytest
import requests

from mockserver.call import WireReply
from mockserver.server import serving as server_loop
from mockserver.server import wsgi_adapter
from mockserver.server.connection_limits import Limits
from mockserver.server.http_protocol import HttpProtocol
from mockserver.server.http_server import Server
from tests.server.wire import (
    PATIENCE,
    answered,
    connected,
    echo,
    exchange,
    get,
    parse,
    reset_on_close,
    serving,
    until_closed,
)

CLOSE = "Connection: close"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(limits={"body": 1 << 20}) as server:
        yield server


# Framing


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    replies = parse(exchange(server, *(get(f"/{number}") for number in range(50)), get("/last", CLOSE)))
    paths = [json.loads(reply.body)["path"] for reply in replies]
    assert paths == [*(f"/{number}" for number in range(50)), "/last"]


def test_a_connection_stays_open(server: Server) -> None:
    with connected(server) as line:
        for number in range(3):
            line.sendall(get(f"/{number}"))
            assert json.loads(parse(line.recv(65536))[0].body)["path"] == f"/{number}"


@pytest.mark.parametrize("path", ["/204", "/304"])
def test_replies_without_a_body_have_no_length_and_leave_the_connection_open(
    path: str, server: Server
) -> None:
    first, second = parse(exchange(server, get(path), get("/next", CLOSE)))
    assert first.status == int(path[1:])
    assert not {"Content-Length", "Transfer-Encoding", "Connection"} & first.headers.keys()
    assert second.status == 200


@pytest.mark.parametrize("status", [204, 304])
def test_vendor_replies_without_a_body_have_no_length(status: int) -> None:
    def app(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Any:
        return wsgi_adapter.send_reply(WireReply(status, {}, b"none"), environ, start_response)

    with serving(app) as server:
        data = exchange(server, get(), get("/", CLOSE))
    assert [reply.status for reply in parse(data)] == [status, status]
    assert b"Content-Length" not in data


def test_head_is_get_without_a_body(server: Server) -> None:
    head, whole = parse(exchange(server, get("/a", method="HEAD"), get("/a"), get("/", CLOSE)), "HEAD")[:2]
    assert head.body == b""
    assert int(head.headers["Content-Length"]) == len(whole.body) + 1, "the method is one letter longer"


def test_a_body_of_unknown_length_is_chunked(server: Server) -> None:
    chunked, after = parse(exchange(server, get("/chunks"), get("/after", CLOSE)))
    assert chunked.headers["Transfer-Encoding"] == "chunked"
    assert (chunked.body, after.status) == (b"onetwo", 200)


def test_an_old_client_gets_a_body_of_unknown_length_until_the_end(server: Server) -> None:
    [reply] = parse(exchange(server, get("/chunks", "Connection: keep-alive", version="1.0")))
    assert reply.body == b"onetwo"
    assert reply.headers["Connection"] == "close"


def test_an_old_client_may_keep_its_connection(server: Server) -> None:
    keep = "Connection: keep-alive"
    first, second = parse(exchange(server, get("/a", keep, version="1.0"), get("/b", version="1.0")))
    assert (first.headers["Connection"], second.headers["Connection"]) == ("keep-alive", "close")


def test_a_chunked_body_arrives_whole_without_its_trailers(server: Server) -> None:
    head = get("/", "Transfer-Encoding: chunked", CLOSE, method="POST")
    told = answered(server, head + b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\nHost: other\r\n\r\n")
    assert told["body"] == "abcde"
    assert told["authority"] == "here"
    assert "x-trailer" not in told["headers"]


def test_bytes_may_come_one_by_one(server: Server) -> None:
    request = get("/a?b=c", "Content-Length: 3", CLOSE, method="PUT") + b"xyz"
    with connected(server) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for index in range(len(request)):
            line.sendall(request[index : index + 1])
        told = json.loads(parse(until_closed(line))[0].body)
    assert (told["method"], told["path"], told["query"], told["body"]) == ("PUT", "/a", "b=c", "xyz")


def test_a_client_that_sends_no_more_still_gets_its_reply(server: Server) -> None:
    with connected(server, get("/a"), get("/b")) as line:
        line.shutdown(socket.SHUT_WR)
        assert len(parse(until_closed(line))) == 2


def test_the_date_is_that_of_a_server_and_no_server_is_named(server: Server) -> None:
    [reply] = parse(exchange(server, get("/", CLOSE)))
    moment = time.mktime(time.strptime(reply.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert abs(moment - time.time()) < 5
    assert "Server" not in reply.headers


def test_header_names_keep_their_spelling(server: Server) -> None:
    assert b"\r\nX-RateLimit-Limit: 5\r\n" in exchange(server, get("/", CLOSE))


def test_request_headers_are_found_in_any_spelling_and_joined(server: Server) -> None:
    told = answered(server, get("/", "x-TWICE: a", "X-Twice: b ", "Cookie: c=1", "COOKIE: d=2", CLOSE))
    assert told["headers"]["x-twice"] == "a, b"
    assert told["headers"]["cookie"] == "c=1; d=2"


def test_the_authority_of_an_absolute_target_wins(server: Server) -> None:
    told = answered(server, get("http://there:81/a?b", CLOSE))
    assert (told["authority"], told["path"], told["query"]) == ("there:81", "/a", "b")
    assert told["headers"]["host"] == "there:81"
    assert told["base"] == "http://there:81"


def test_an_encoded_slash_stays_encoded(server: Server) -> None:
    assert answered(server, get("/a%2Fb%20c/d", CLOSE))["path"] == "/a%2Fb%20c/d"


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_other_protocols_are_declined(protocol: str, server: Server) -> None:
    upgrade = get("/a", "Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}")
    first, second = parse(exchange(server, upgrade, get("/b", CLOSE)))
    assert [json.loads(one.body)["path"] for one in (first, second)] == ["/a", "/b"]


@pytest.mark.parametrize("pieces", [1, 3, 1_000])
@pytest.mark.parametrize("body", [b"abc", b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"])
def test_the_body_of_a_request_for_another_protocol_is_read(body: bytes, pieces: int, server: Server) -> None:
    """Its parser would leave the body to that protocol: a hidden request would be answered."""
    framing = f"Content-Length: {len(body)}" if body == b"abc" else "Transfer-Encoding: chunked"
    upgrade = get("/a", "Connection: Upgrade", "Upgrade: h2c", framing, method="POST")
    sent = upgrade + body + get("/b", "X-A: 1") + get("/c", CLOSE)
    size = -(-len(sent) // pieces)
    with connected(server) as line:
        for start in range(0, len(sent), size):
            line.sendall(sent[start : start + size])
        told = [json.loads(reply.body) for reply in parse(until_closed(line))]
    assert [(one["path"], one["body"]) for one in told] == [("/a", "abc"), ("/b", ""), ("/c", "")]
    assert told[1]["headers"]["x-a"] == "1"


# Expect


def test_a_client_that_asks_gets_leave(server: Server) -> None:
    asks = get("/", "Content-Length: 3", "Expect: 100-Continue", CLOSE, method="POST")
    with connected(server, asks) as line:
        assert line.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")
        assert json.loads(parse(until_closed(line))[0].body)["body"] == "abc"


def test_a_client_that_asks_in_vain_is_refused_at_once(server: Server) -> None:
    asks = get("/", f"Content-Length: {2 << 20}", "Expect: 100-continue", method="POST")
    [refusal] = parse(exchange(server, asks))
    assert refusal.status == 413


def test_a_client_that_asks_gets_leave_in_its_turn(server: Server) -> None:
    asks = get("/", "Content-Length: 3", "Expect: 100-continue", CLOSE, method="POST")
    with connected(server, get("/first"), asks) as line:
        data = b""
        while not data.endswith(b"100 Continue\r\n\r\n"):
            data += line.recv(65536)
        assert [reply.status for reply in parse(data)] == [200, 100]


# Refusals


HOST = "Host: here\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
REFUSED = {
    "length and coding": f"POST / HTTP/1.1\r\n{HOST}Content-Length: 3\r\n{CHUNKED}\r\nabc",
    "coding and length": f"POST / HTTP/1.1\r\n{HOST}{CHUNKED}Content-Length: 3\r\n\r\nabc",
    "two lengths": f"POST / HTTP/1.1\r\n{HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": f"POST / HTTP/1.1\r\n{HOST}Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": f"POST / HTTP/1.1\r\n{HOST}Content-Length: +3\r\n\r\nabc",
    "5,000 digits": f"POST / HTTP/1.1\r\n{HOST}Content-Length: {'1' * 5000}\r\n\r\nabc",
    "5,000 zeros": f"POST / HTTP/1.1\r\n{HOST}Content-Length: {'0' * 5000}3\r\n\r\nabc",
    "another coding": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip\r\n\r\nabc",
    "two codings": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding of 1.0": "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a hidden coding": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a folded header": f"GET / HTTP/1.1\r\n{HOST}X-A: b\r\n c\r\n\r\n",
    "bare LF": "GET / HTTP/1.1\nHost: here\n\n",
    "one bare LF": f"GET / HTTP/1.1\r\n{HOST}X-A: b\nX-C: d\r\n\r\n",
    "bare CR": f"GET / HTTP/1.1\r\n{HOST}X-A: b\rX-C: d\r\n\r\n",
    "a space before the colon": f"GET / HTTP/1.1\r\n{HOST}X-A : b\r\n\r\n",
    "NUL in a value": f"GET / HTTP/1.1\r\n{HOST}X-A: b\0c\r\n\r\n",
    "NUL in a name": f"GET / HTTP/1.1\r\n{HOST}X\0A: b\r\n\r\n",
    "NUL in the target": f"GET /\0 HTTP/1.1\r\n{HOST}\r\n",
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "two Hosts": f"GET / HTTP/1.1\r\n{HOST}{HOST}\r\n",
    "a Host with a space": "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "HTTP/2.0": f"GET / HTTP/2.0\r\n{HOST}\r\n",
    "HTTP/1.2": f"GET / HTTP/1.2\r\n{HOST}\r\n",
    "no version": "GET /\r\n\r\n",
    "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a chunk without a size": f"POST / HTTP/1.1\r\n{HOST}{CHUNKED}\r\nxyz\r\n",
    "a chunk that is too long": f"POST / HTTP/1.1\r\n{HOST}{CHUNKED}\r\n1\r\nabc\r\n",
    "no HTTP": "hello\r\n\r\n",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_ambiguous_requests_are_refused(kind: str, server: Server) -> None:
    [reply] = parse(exchange(server, REFUSED[kind].encode("latin-1"), get("/smuggled")))
    assert reply.status == 400
    assert reply.headers["Connection"] == "close"
    assert json.loads(reply.body)["error"] == "invalid_request"


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_comes_after_the_replies_to_earlier_requests(kind: str, server: Server) -> None:
    replies = parse(exchange(server, get("/before"), REFUSED[kind].encode("latin-1")))
    assert [reply.status for reply in replies] == [200, 400]


def test_a_method_that_nobody_registered_is_unknown(server: Server) -> None:
    [reply] = parse(exchange(server, get("/", method="FROB")))
    assert (reply.status, json.loads(reply.body)["error"]) == (501, "unknown_method")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"x" * 70_000, 414),
        (get("/" + "x" * 70_000), 414),
        (get("/", "X-Long: " + "x" * 70_000), 431),
        (get("/", *(f"X-{number}: {'x' * 90}" for number in range(800))), 431),
        (get("/", f"Content-Length: {2 << 20}", method="POST"), 413),
        (get("/", "Transfer-Encoding: chunked", method="POST") + b"200000\r\n" + bytes(2 << 20), 413),
        (get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\n" + b"X: y\r\n" * 20_000, 431),
        (get("/", "Transfer-Encoding: chunked", method="POST") + b"1;" + b"x" * 400_000, 400),
    ],
    ids=["line", "target", "header", "headers", "length", "chunks", "trailers", "extension"],
)
def test_what_is_too_large_is_refused_while_the_client_still_writes(
    request_: bytes, status: int, server: Server
) -> None:
    """The client writes four megabytes more before it reads: no reset may destroy the refusal."""
    with connected(server) as line:
        for piece in [request_, *[b"x" * 65_536] * 64]:
            with suppress(BrokenPipeError):
                line.sendall(piece)
        [reply] = parse(until_closed(line))
    assert reply.status == status
    assert b"larger" in reply.body or b"longer" in reply.body or b"too small" in reply.body


def test_who_writes_on_after_a_refusal_is_not_read_for_ever() -> None:
    with serving(limits={"linger_bytes": 1 << 20, "linger_seconds": 60}) as server:  # noqa: SIM117
        with connected(server, b"hello\r\n\r\n") as line, pytest.raises(OSError):  # noqa: PT011, PT012
            while True:
                line.sendall(bytes(65_536))


def test_a_tls_hello_is_closed_with_one_line(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert exchange(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") == b""
    [record] = caplog.records
    assert "TLS" in record.getMessage()


# Patience


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that looks at its connections more often."""
    monkeypatch.setattr(server_loop, "_SWEEP_SECONDS", 0.05)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(
    ("limits", "sent", "status"),
    [
        ({"head_seconds": 0.2}, b"GET / HT", 408),
        ({"body_seconds": 0.2}, get("/", "Content-Length: 5", method="POST") + b"abc", 408),
        ({"idle_seconds": 0.2}, b"", None),
        ({"idle_seconds": 0.2}, get("/"), 200),
    ],
    ids=["head", "body", "nothing", "between"],
)
def test_slow_clients_are_given_up(limits: dict[str, float], sent: bytes, status: int | None) -> None:
    with serving(limits=limits) as server, connected(server, sent) as line:
        data = b""
        with suppress(ConnectionResetError):
            data = until_closed(line)
        assert [reply.status for reply in parse(data)] == ([status] if status else [])


@pytest.mark.usefixtures("often")
def test_a_head_that_comes_in_drops_is_given_up_too() -> None:
    with serving(limits={"head_seconds": 0.3}) as server, connected(server) as line:
        line.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        with pytest.raises(OSError):  # noqa: PT011, PT012
            for _ in range(1_000):
                line.sendall(b"x")
                time.sleep(0.05)


@pytest.mark.usefixtures("often")
def test_who_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    lost = HttpProtocol.connection_lost

    def losing(connection: HttpProtocol, error: Exception | None) -> None:
        lost(connection, error)
        gone.set()

    monkeypatch.setattr(HttpProtocol, "connection_lost", losing)
    with serving(limits={"write_seconds": 0.2}) as server, connected(server) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        line.sendall(get("/large"))
        assert gone.wait(PATIENCE)
        with suppress(ConnectionResetError):
            assert len(until_closed(line)) < 8 << 20


def test_pipelining_without_reading_fills_no_memory() -> None:
    served = 0

    def app(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Any:
        nonlocal served
        served += 1
        return echo(environ, start_response)

    with serving(app) as server, connected(server) as line:
        line.setblocking(False)
        sent = 0
        with suppress(BlockingIOError):
            while sent < 2_000:
                line.sendall(get("/large"))
                sent += 1
        time.sleep(0.5)
        assert served < 20


# Number of connections


def test_the_connection_that_was_idle_longest_makes_room() -> None:
    with serving(limits={"connections": 5}) as server, ExitStack() as stack:
        lines = [stack.enter_context(connected(server, get(f"/{number}"))) for number in range(5)]
        for line in lines:
            assert parse(line.recv(65_536))[0].status == 200
        lines[0].sendall(get("/again"))
        lines[0].recv(65_536)
        newest = stack.enter_context(connected(server, get("/new")))
        assert parse(newest.recv(65_536))[0].status == 200
        with suppress(ConnectionResetError):
            assert lines[1].recv(65_536) == b""
        for line in (lines[0], *lines[2:]):
            line.sendall(get("/still"))
            assert parse(line.recv(65_536))[0].status == 200


def test_fifteen_hundred_connections_at_once(server: Server) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(server)) for _ in range(1_500)]
        for number, line in enumerate(lines):
            line.sendall(get(f"/n{number}"))
        for number, line in enumerate(lines):
            assert json.loads(parse(line.recv(65_536))[0].body)["path"] == f"/n{number}"


def test_a_lack_of_descriptors_is_logged_once_and_passes(caplog: pytest.LogCaptureFixture) -> None:
    accept = socket.socket.accept
    failures = 3

    def fail(one: socket.socket) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(one)

    with serving() as server, caplog.at_level(logging.ERROR), patch.object(socket.socket, "accept", fail):
        assert requests.get(server.url, timeout=PATIENCE).ok
    [record] = caplog.records
    assert "ulimit -n" in record.getMessage()


def test_resets_by_clients_are_nothing_to_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for request in (b"", b"GET /", get("/"), get("/large")):
            with connected(server, request) as line:
                reset_on_close(line)
        assert requests.get(server.url, timeout=PATIENCE).ok
    assert not caplog.records


# Order and the end


def test_everything_received_is_answered_before_the_end() -> None:
    def slow(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Any:
        time.sleep(0.02)
        return echo(environ, start_response)

    with ExitStack() as stack:
        with serving(slow) as server:
            line = stack.enter_context(connected(server, *(get(f"/{number}") for number in range(20))))
            silent = stack.enter_context(connected(server))
            time.sleep(0.05)
        assert len(parse(until_closed(line))) == 20
        assert silent.recv(1) == b""


def test_who_reads_late_still_gets_the_whole_answer_after_a_stop() -> None:
    with serving() as server, socket.socket() as line, ThreadPoolExecutor(1) as pool:
        # so little that most of the answer waits in the server
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", server.port))
        line.sendall(get("/large"))
        time.sleep(0.2)
        stopped = pool.submit(server.stop)
        time.sleep(0.2)
        [reply] = parse(until_closed(line))
        assert len(reply.body) == 8 << 20
        stopped.result(PATIENCE)


def test_the_end_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for the next look at the connections, which is a minute away, say."""
    monkeypatch.setattr(server_loop, "_SWEEP_SECONDS", 60)
    server = Server(echo, limits=Limits(grace_seconds=60)).start()
    stopping = threading.Thread(target=server.stop, daemon=True)
    stopping.start()
    stopping.join(PATIENCE)
    assert not stopping.is_alive()


def test_a_unix_socket_and_several_hosts(tmp_path: Any) -> None:
    path = str(tmp_path / "socket")
    with serving(host=["127.0.0.1", "127.0.0.2"], unix_socket=path) as server:
        for host in ("127.0.0.1", "127.0.0.2"):
            assert requests.get(f"http://{host}:{server.port}/a", timeout=PATIENCE).json()["path"] == "/a"
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(path)
            line.sendall(get("/unix", CLOSE))
            assert json.loads(parse(until_closed(line))[0].body)["path"] == "/unix"
        with pytest.raises(OSError, match="already in use; stop the other process"):
            Server(echo, unix_socket=path)
    assert not os.path.exists(path)  # noqa: PTH110
    with serving(unix_socket=path):
        pass


def test_concurrent_connections_do_not_mix(server: Server) -> None:
    def call(number: int) -> bool:
        told = answered(server, get(f"/{number}", f"X-Number: {number}", CLOSE))
        return bool(told["path"] == f"/{number}" and told["headers"]["x-number"] == str(number))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(call, range(200)))
