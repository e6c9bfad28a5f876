from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.errors import ServerUnreachableError
from mockserver.verify.http_client import HttpClient, Request, Response
from mockserver.verify.story_runner import StoryEnvironment, StoryResult, run_story
from tests.verify.test_story_file import document, write_and_read

BASE = "http://shelf.example"


class Scripted(HttpClient):
    """An HTTP client whose responses come from a function."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        super().__init__()
        self.sent: list[Request] = []
        self._answer = answer

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self._answer(request)


def reply(status: int, body: Any, **headers: str) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, orjson.dumps(body))


def honest(sent: Request) -> Response:
    if sent.url == f"{BASE}/books":
        return reply(200, [{"title": "Momo & Co"}], **{"x-total": "1"})
    return reply(200, {"title": "Momo & Co"})


def run(
    folder: Path, answer: Callable[[Request], Response] = honest, sign: Any = None, **changes: Any
) -> tuple[StoryResult, list[Request]]:
    read = write_and_read(document(**changes), folder)
    client = Scripted(answer)
    environment = StoryEnvironment(
        client, {"shelf": BASE}, {"key": "K-9"}, sign=sign or (lambda _method, _url: {})
    )
    return run_story(read, read.stories[0], environment), client.sent


def test_story_passes(tmp_path: Path) -> None:
    result, sent = run(tmp_path)
    assert list(result.findings) == []
    assert [(one.method, one.url) for one in sent] == [
        ("GET", f"{BASE}/books"),
        ("GET", f"{BASE}/books/Momo%20%26%20Co"),
    ]
    assert sent[0].headers == {"X-Key": "K-9"}
    assert [step.operation for step in result.steps] == ["list_books", "get_book"]


def test_body_query_and_cookies(tmp_path: Path) -> None:
    _result, sent = run(
        tmp_path,
        operationId="list_books",
        parameters=[
            {"in": "query", "name": "tag", "value": ["a b", "{$steps.one.outputs.title}"]},
            {"in": "query", "name": "limit", "value": 5},
            {"in": "cookie", "name": "theme", "value": "dark"},
            {"in": "header", "name": "content-type", "value": "text/html"},
        ],
        requestBody={"contentType": "application/json", "payload": {"title": "$steps.one.outputs.title"}},
    )
    assert sent[1].url == f"{BASE}/books?tag=a%20b&tag=Momo%20%26%20Co&limit=5"
    assert sent[1].headers == {"X-Key": "K-9", "Cookie": "theme=dark", "Content-Type": "application/json"}
    assert sent[1].body == b'{"title":"Momo & Co"}'


@pytest.mark.parametrize(("payload", "body"), [("{", b"{"), (None, b"null"), ("", b""), ([1], b"[1]")])
def test_text_payload_is_sent_verbatim(payload: Any, body: bytes, tmp_path: Path) -> None:
    _result, sent = run(tmp_path, requestBody={"contentType": "application/json", "payload": payload})
    assert sent[1].body == body


def test_schema_violation_is_a_finding(tmp_path: Path) -> None:
    result, _sent = run(tmp_path, lambda sent: honest(sent) if sent.url.endswith("books") else reply(200, {}))
    (finding,) = result.findings
    assert finding.key == "stories:schema:get_book:read/two:"
    assert "'title' is a required property" in finding.message


def test_story_stops_at_the_first_failed_criterion(tmp_path: Path) -> None:
    result, sent = run(tmp_path, lambda _sent: reply(401, {"error": "no key", "id": 1}))
    (finding,) = result.findings
    assert finding.check == "criterion"
    assert finding.message == "expected $statusCode == 200, but $statusCode is 401"
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (
            reply(418, {"error": "tea"}),
            None,
            ["status: list_books: status 418 is not declared; expected $statusCode == 200"],
        ),
        (
            reply(200, [{"title": 5}], **{"x-total": "1"}),
            reply(200, {"title": 5}),
            ["schema: list_books /*/title: ", "schema: get_book /title: "],
        ),
        (
            reply(200, [{}], **{"x-total": "1"}),
            None,
            ["schema: list_books /*: 'title' is a required property"],
        ),
        (
            reply(200, [{"title": "Momo"}], **{"x-total": "1"}),
            reply(200, {"title": "Jim"}),
            ["criterion: get_book: expected $response.body#/title == 'Momo & Co'"],
        ),
        (
            reply(200, [{"title": "Momo"}], **{"x-total": "1"}),
            reply(200, {}),
            ["schema: get_book: 'title' is a required property; expected $response.body#/title == "],
        ),
    ],
    ids=["an undeclared status", "a wrong type", "no output", "a value alone", "a missing member"],
)
def test_one_cause_is_one_finding(
    first: Response, second: Response | None, found: list[str], tmp_path: Path
) -> None:
    criteria = [{"condition": "$response.body#/title == 'Momo & Co'"}]
    answers = iter([first, second or first])
    result, _sent = run(tmp_path, lambda _sent: next(answers), successCriteria=criteria)
    findings = [str(one).removeprefix("stories ") for one in result.findings]
    assert len(findings) == len(found), findings
    assert all(map(str.startswith, findings, found)), findings
    assert result.steps[-1].failed is not None


def test_story_continues_after_a_schema_violation(tmp_path: Path) -> None:
    result, sent = run(tmp_path, lambda sent: reply(200, [{"title": "a", "isbn": "x"}]))
    assert len(sent) == 2
    assert [one.operation for one in result.findings] == ["list_books", "list_books", "get_book"]


def test_missing_output_stops_the_story(tmp_path: Path) -> None:
    result, sent = run(tmp_path, lambda sent: reply(200, [], **{"x-total": "0"}))
    (finding,) = result.findings
    assert finding.message == "cannot be called: $steps.one.outputs.title has no value"
    assert len(sent) == 1


def test_missing_path_parameter(tmp_path: Path) -> None:
    result, _sent = run(tmp_path, parameters=[])
    (finding,) = result.findings
    assert finding.message == "cannot be called: the path parameter title is not given"


def test_unreachable_server(tmp_path: Path) -> None:
    def silent(sent: Request) -> Response:
        raise ServerUnreachableError(f"{sent.method} got no reply")

    result, _sent = run(tmp_path, silent)
    assert result.obstacle == "GET got no reply"
    assert list(result.findings) == []
    assert len(result.steps) == 1


def test_calls_by_url_are_validated_against_their_operation(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    direct: dict[str, Any] = {"operationId": None, "parameters": []}
    direct["x-operation"] = {"method": "get", "url": f"{BASE}/books/1"}
    result, _sent = run(tmp_path / "a", lambda sent: reply(200, [{}], **{"x-total": "1"}), **direct)
    assert [one.operation for one in result.findings] == ["list_books", "get_book"]
    direct["x-operation"] = {"method": "get", "url": f"{BASE}/nowhere"}
    criteria = [{"condition": "$statusCode == 404"}]
    unrouted = {"error": "no such path", "id": 1}
    result, _sent = run(
        tmp_path / "b",
        lambda sent: honest(sent) if "books" in sent.url else reply(404, unrouted),
        **direct,
        successCriteria=criteria,
    )
    assert list(result.findings) == []


def test_calls_are_signed_unless_they_have_an_authorization_header(tmp_path: Path) -> None:
    signed = {"Authorization": "signed"}
    own = [
        {"in": "path", "name": "title", "value": "a"},
        {"in": "header", "name": "authorization", "value": ""},
    ]
    _result, sent = run(tmp_path, honest, lambda _method, _url: signed, parameters=own)
    assert sent[0].headers == {"X-Key": "K-9", "Authorization": "signed"}
    assert sent[1].headers == {"X-Key": "K-9", "authorization": ""}
