from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.errors import ServerUnreachableError
from mockserver.verify.http_client import Came, Sent, Wire
from mockserver.verify.story_runner import Played, Stage, play
from tests.verify.test_story_file import book, document

BASE = "http://shelf.example"


class Scripted(Wire):
    """A wire that answers with a function."""

    def __init__(self, answer: Callable[[Sent], Came]) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self._answer = answer

    def send(self, sent: Sent) -> Came:
        self.sent.append(sent)
        return self._answer(sent)


def reply(status: int, body: Any, **headers: str) -> Came:
    return Came(status, {"content-type": "application/json", **headers}, orjson.dumps(body))


def honest(sent: Sent) -> Came:
    if sent.url == f"{BASE}/books":
        return reply(200, [{"title": "Momo & Co"}], **{"x-total": "1"})
    return reply(200, {"title": "Momo & Co"})


def played(
    folder: Path, answer: Callable[[Sent], Came] = honest, sign: Any = None, **changes: Any
) -> tuple[Played, list[Sent]]:
    read = book(document(**changes), folder)
    wire = Scripted(answer)
    stage = Stage(wire, {"shelf": BASE}, {"key": "K-9"}, sign=sign or (lambda _method, _url: {}))
    return play(read, read.stories[0], stage), wire.sent


def test_a_story_that_is_true(tmp_path: Path) -> None:
    outcome, sent = played(tmp_path)
    assert list(outcome.findings) == []
    assert [(one.method, one.url) for one in sent] == [
        ("GET", f"{BASE}/books"),
        ("GET", f"{BASE}/books/Momo%20%26%20Co"),
    ]
    assert sent[0].headers == {"X-Key": "K-9"}
    assert [step.operation for step in outcome.steps] == ["list_books", "get_book"]


def test_bodies_queries_and_cookies(tmp_path: Path) -> None:
    _outcome, sent = played(
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
def test_texts_are_sent_as_they_stand(payload: Any, body: bytes, tmp_path: Path) -> None:
    _outcome, sent = played(tmp_path, requestBody={"contentType": "application/json", "payload": payload})
    assert sent[1].body == body


def test_what_a_reply_breaks(tmp_path: Path) -> None:
    outcome, _sent = played(
        tmp_path, lambda sent: honest(sent) if sent.url.endswith("books") else reply(200, {})
    )
    (finding,) = outcome.findings
    assert finding.key == "stories:schema:get_book:read/two:"
    assert "'title' is a required property" in finding.message


def test_a_story_ends_with_the_first_step_that_does_not_get_what_it_demands(tmp_path: Path) -> None:
    outcome, sent = played(tmp_path, lambda _sent: reply(401, {"error": "no key", "id": 1}))
    (finding,) = outcome.findings
    assert finding.check == "criterion"
    assert finding.message == "$statusCode == 200 was demanded, and $statusCode is 401"
    assert len(sent) == 1


def test_a_story_goes_on_after_a_reply_that_is_only_unfit(tmp_path: Path) -> None:
    outcome, sent = played(tmp_path, lambda sent: reply(200, [{"title": "a", "isbn": "x"}]))
    assert len(sent) == 2
    assert [one.operation for one in outcome.findings] == ["list_books", "list_books", "get_book"]


def test_what_the_step_before_did_not_give_cannot_be_called_with(tmp_path: Path) -> None:
    outcome, sent = played(tmp_path, lambda sent: reply(200, [], **{"x-total": "0"}))
    (finding,) = outcome.findings
    assert finding.message == "cannot be called: $steps.one.outputs.title leads to nothing"
    assert len(sent) == 1


def test_a_path_parameter_that_is_not_given(tmp_path: Path) -> None:
    outcome, _sent = played(tmp_path, parameters=[])
    (finding,) = outcome.findings
    assert finding.message == "cannot be called: the path parameter title is not given"


def test_silence(tmp_path: Path) -> None:
    def silent(sent: Sent) -> Came:
        raise ServerUnreachableError(f"{sent.method} got no reply")

    outcome, _sent = played(tmp_path, silent)
    assert [(one.check, one.message) for one in outcome.findings] == [("reply", "GET got no reply")]


def test_calls_to_a_url_are_held_against_the_operation_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    direct: dict[str, Any] = {"operationId": None, "parameters": []}
    direct["x-operation"] = {"method": "get", "url": f"{BASE}/books/1"}
    outcome, _sent = played(tmp_path / "a", lambda sent: reply(200, [{}], **{"x-total": "1"}), **direct)
    assert [one.operation for one in outcome.findings] == ["list_books", "get_book"]
    direct["x-operation"] = {"method": "get", "url": f"{BASE}/nowhere"}
    criteria = [{"condition": "$statusCode == 404"}]
    unrouted = {"error": "no such path", "id": 1}
    outcome, _sent = played(
        tmp_path / "b",
        lambda sent: honest(sent) if "books" in sent.url else reply(404, unrouted),
        **direct,
        successCriteria=criteria,
    )
    assert list(outcome.findings) == []


def test_calls_are_signed_unless_they_say_who_they_are(tmp_path: Path) -> None:
    signed = {"Authorization": "signed"}
    own = [
        {"in": "path", "name": "title", "value": "a"},
        {"in": "header", "name": "authorization", "value": ""},
    ]
    _outcome, sent = played(tmp_path, honest, lambda _method, _url: signed, parameters=own)
    assert sent[0].headers == {"X-Key": "K-9", "Authorization": "signed"}
    assert sent[1].headers == {"X-Key": "K-9", "authorization": ""}
