from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.lint import lint
from mockserver.contract.schema import MAX_VIOLATIONS
from mockserver.verify.contract_patch import propose
from mockserver.verify.http_client import Request, Response
from mockserver.verify.result import HttpExchange

SHELF = (Path(__file__).parents[1] / "contract" / "shelf.yaml").read_text()
BOOK = "        title: {type: string, minLength: 1}\n"
KINDS = BOOK + (
    "        kind: {enum: [novel, comic], x-source: docs}   # of two kinds\n"
    "        only: {const: a}\n"
    "        open: {type: [boolean, 'null'], enum: [true, null]}\n"
    "        part: {$ref: '#/components/schemas/Part', description: 'a part'}\n"
    "        parts_of_it:\n"
    "          anyOf:\n"
    "            - {$ref: '#/components/schemas/Part'}\n"
    "            - {type: boolean}\n"
    "        all:\n"
    "          allOf: [{$ref: '#/components/schemas/Part'}]\n"
    "        over_lines:\n"
    "          enum:\n"
    "            - a\n"
    "            - b # the last\n"
    "        lines:\n"
    "          # how many\n"
    "          type: integer\n"
    "          minimum: 1\n"
)
PART = "    Part: {type: object, properties: {no: {type: integer}}, additionalProperties: false}\n"
CONTRACT = SHELF.replace(BOOK, KINDS).replace("    Refusal:\n", PART + "    Refusal:\n", 1)
PART_OR_NULL = "anyOf: [{$ref: '#/components/schemas/Part'}, {type: 'null', x-source: observed}]"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "somewhere" / "else.yaml"
    path.parent.mkdir()
    path.write_text(CONTRACT, newline="")
    return path


def exchange_of(status: int, body: Any, operation: str = "get_book") -> HttpExchange:
    raw = orjson.dumps(body) if body is not None else b""
    sent = {"content-type": "application/json", "x-total": "1"}
    return HttpExchange(operation, Request("GET", "http://shelf/books"), Response(status, sent, raw))


def changed(file: Path, *exchanges: HttpExchange) -> list[str]:
    """The changed lines of a proposal that covers all drift and yields a valid contract."""
    proposal = propose("shelf", file, exchanges)
    assert [str(one) for one in proposal.remaining] == []
    fixed = file.with_name("fixed.yaml")
    fixed.write_text(proposal.text, newline="")
    assert [str(one) for one in lint(Contract.read(fixed))] == []
    assert propose("shelf", fixed, exchanges).patch == ""
    head, *lines = proposal.patch.partition("\n@@")[2].splitlines()
    assert head
    assert proposal.patch.startswith(
        "--- a/contracts/shelf/openapi.yaml\n+++ b/contracts/shelf/openapi.yaml\n@@"
    )
    return [f"{line[0]}{line[1:].strip()}" for line in lines if line[0] in "+-"]


def book(**members: Any) -> HttpExchange:
    return exchange_of(200, {"title": "a", **members})


@pytest.mark.parametrize(
    ("exchanges", "lines"),
    [
        ([exchange_of(200, {})], ["-required: [title]"]),
        (
            [book(title=None)],
            [f"-{BOOK.strip()}", "+title: {type: [string, 'null'], minLength: 1}"],
        ),
        (
            [book(title=5), exchange_of(200, [{"title": True}], "list_books")],
            [f"-{BOOK.strip()}", "+title: {type: [string, boolean, integer], minLength: 1}"],
        ),
        (
            [book(kind="essay"), book(kind=None)],
            [
                "-kind: {enum: [novel, comic], x-source: docs}   # of two kinds",
                "+kind: {enum: [novel, comic, essay, null], x-source: docs}   # of two kinds",
            ],
        ),
        (
            [book(kind={"of": "comic"})],
            [
                "-kind: {enum: [novel, comic], x-source: docs}   # of two kinds",
                "+kind: {anyOf: [{enum: [novel, comic], x-source: docs}, {type: object, properties: {of: "
                "{type: string}}, x-source: observed}]}   # of two kinds",
            ],
        ),
        ([book(only="b"), book(only=None)], ["-only: {const: a}", "+only: {enum: [a, b, null]}"]),
        (
            [book(open=False)],
            [
                "-open: {type: [boolean, 'null'], enum: [true, null]}",
                "+open: {type: [boolean, 'null'], enum: [true, null, false]}",
            ],
        ),
        (
            [book(part=None)],
            [
                "-part: {$ref: '#/components/schemas/Part', description: 'a part'}",
                f"+part: {{{PART_OR_NULL}, description: 'a part'}}",
            ],
        ),
        ([book(parts_of_it=None)], ["+- {type: 'null', x-source: observed}"]),
        ([book(parts_of_it="a")], ["+- {type: string, x-source: observed}"]),
        (
            [book(all=None)],
            ["-allOf: [{$ref: '#/components/schemas/Part'}]", f"+allOf: [{{{PART_OR_NULL}}}]"],
        ),
        ([book(over_lines="c")], ["+- c"]),
        ([book(lines=None), book(lines="a")], ["-type: integer", "+type: [integer, string, 'null']"]),
        (
            [book(part={"no": 1, "of": 2}), book(parts_of_it={"no": 1, "of": None})],
            [
                f"-{PART.strip()}",
                "+" + PART.strip().replace("}}", "}, of: {type: [integer, 'null'], x-source: observed}}"),
            ],
        ),
        (
            [book(colour="red", size=[1])],
            [
                "+colour: {type: string, x-source: observed}",
                "+size: {type: array, items: {type: integer}, x-source: observed}",
            ],
        ),
        (
            [exchange_of(418, None), exchange_of(418, None)],
            ["+'418':", "+description: Observed; not documented.", "+x-source: observed"],
        ),
    ],
)
def test_proposed_lines(file: Path, exchanges: list[HttpExchange], lines: list[str]) -> None:
    assert changed(file, *exchanges) == lines


def test_new_status_with_bodies(file: Path) -> None:
    lines = changed(
        file,
        exchange_of(202, {"job": "j-1", "at": None, "tags": ["a"]}),
        exchange_of(202, {"job": "j-2", "number": 5.5}),
    )
    assert lines[:5] == [
        "+'202':",
        "+description: Observed; not documented.",
        "+x-source: observed",
        "+content:",
        "+application/json:",
    ]
    assert "j-1" not in "".join(lines)
    assert lines[-5:] == ["+example:", "+job: text", "+at: null", "+tags: []", "+number: 1.5"]


def test_error_response_with_a_known_schema(file: Path) -> None:
    lines = changed(file, exchange_of(418, {"error": "a teapot", "id": 7}))
    assert lines[-3:] == ["+application/json:", "+schema:", "+$ref: '#/components/schemas/Refusal'"]
    lines_with_unknown = changed(
        file, exchange_of(418, {"error": "a teapot", "id": 7}), exchange_of(418, {"code": 7})
    )
    assert "+$ref: '#/components/schemas/Refusal'" not in lines_with_unknown
    assert "+code: 1" in lines_with_unknown


@pytest.mark.parametrize(
    ("exchange", "remaining"),
    [
        (book(title=""), "Book /title is invalid (minLength) (get_book: 1 reply)"),
        (book(over_lines=["a"]), "Book /over_lines is an array (get_book: 1 reply)"),
        (book(kind="2026-11-22"), "Book /kind has a new value (get_book: 1 reply)"),
        (
            book(part={"no": 1, "2f0c5a50-0d9b-4a53-9ad4-2a6d4d1c2d3e": 1}),
            "Part /* is new (get_book: 1 reply)",
        ),
    ],
)
def test_remaining_drift(file: Path, exchange: HttpExchange, remaining: str) -> None:
    proposal = propose("shelf", file, [exchange])
    assert proposal.patch == ""
    assert [str(one) for one in proposal.remaining] == [remaining]


def test_drift_behind_drift_is_covered_too(file: Path) -> None:
    """Of one reply only so many deviations are looked at; the others show once those are allowed."""
    books: list[Any] = [{"title": None}] * (MAX_VIOLATIONS + 1)
    assert changed(file, exchange_of(200, [*books, {"title": "a", "kind": "essay"}], "list_books")) == [
        f"-{BOOK.strip()}",
        "-kind: {enum: [novel, comic], x-source: docs}   # of two kinds",
        "+title: {type: [string, 'null'], minLength: 1}",
        "+kind: {enum: [novel, comic, essay], x-source: docs}   # of two kinds",
    ]


def test_no_drift_needs_no_change(file: Path) -> None:
    proposal = propose("shelf", file, [book()])
    assert (proposal.text, proposal.patch, proposal.remaining) == (CONTRACT, "", [])


def test_last_line_without_newline(file: Path) -> None:
    text = CONTRACT.rstrip("\n") + "\n# the end"
    file.write_text(text, newline="")
    patch = propose("shelf", file, [book(colour="red")]).patch
    assert patch.count("\n+") == 2  # one is in the header
    assert "No newline" not in patch
    file.write_text(CONTRACT.rstrip("\n").replace("\n", "\r\n"), newline="")
    assert (
        "+        colour: {type: string, x-source: observed}\r\n"
        in propose("shelf", file, [book(colour="red")]).patch
    )
