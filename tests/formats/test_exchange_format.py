"""Exchanges formatted as text: violations, their location and the expected values; escaping."""

from typing import Any

from mockserver.formats.exchange_format import (
    failure_report,
    format_exchanges,
    format_line,
    format_remarks,
    format_summary,
)


def exchange(**changes: Any) -> Any:
    """An exchange as the journal has it, with changed members."""
    call = {
        "method": "POST",
        "url": "http://h/shop/people?a=1",
        "path": "/people",
        "headers": {},
        "body": '{"a": 1}',
    }
    default: dict[str, Any] = {
        "number": 7,
        "id": "7",
        "at": "2026-01-01T00:00:00Z",
        "vendor": "shop",
        "operation": "add_person",
        "call": call | changes.pop("call", {}),
        "reply": {"status": 400, "headers": {}, "body": '{"error": "unfit"}'} | changes.pop("reply", {}),
        **dict.fromkeys(("problem", "flaw", "nearest", "why", "fault")),
        **{name: [] for name in ("violations", "unknown", "remarks")},
        "duration_us": 5,
    }
    return default | changes


def violation(**changes: Any) -> dict[str, Any]:
    default = {
        "side": "call",
        "place": "body",
        "pointer": "/age",
        "keyword": "type",
        "message": "'x' is not of type 'integer'",
        "value": '"x"',
        "expected": "integer",
        "nearest": None,
    }
    return default | changes


def test_format_line() -> None:
    text = format_line(
        exchange(
            problem="unfit",
            violations=[violation()],
            unknown=[{"place": "query", "pointer": "/limt", "nearest": "limit"}],
            fault={"id": "fault-1", "kind": "drop_after"},
        )
    )
    assert text == (
        "    7  2026-01-01T00:00:00Z  POST /shop/people?a=1 -> 400 unfit  [fault fault-1: drop_after]"
        '  [body/age: expected integer, got string "x"]  [unknown query/limt, nearest: limit]'
    )


def test_format_exchanges_shows_all_details() -> None:
    text = format_exchanges(
        [
            exchange(
                problem="unfit",
                violations=[
                    violation(),
                    violation(
                        pointer="/kind",
                        keyword="enum",
                        value='"gren"',
                        expected='one of "green"',
                        nearest="green",
                    ),
                    violation(
                        pointer="", keyword="required", message="'name' is a required property", expected=None
                    ),
                ],
                unknown=[{"place": "body", "pointer": "/nmae", "nearest": "name"}],
                fault={"id": "fault-1", "kind": "drop_after"},
                remarks=["the signature was made with another key"],
            )
        ]
    )
    assert text.splitlines() == [
        "  POST /shop/people?a=1 -> 400 unfit",
        '    wrong:    body/age: expected integer, got string "x"',
        '    wrong:    body/kind: expected one of "green", got "gren"; nearest: green',
        "    wrong:    body: 'name' is a required property",
        "    unknown:  body/nmae, nearest: name",
        "    fault:    fault-1 (drop_after)",
        '    sent:     {"a": 1}',
        '    answered: {"error": "unfit"}',
        "    remark:   the signature was made with another key",
    ]


def test_format_exchanges_for_unknown_path_and_broken_promise() -> None:
    unknown_path = exchange(
        flaw="unknown_path", nearest="GET /people (list_people)", call={"body": ""}, reply={"status": 404}
    )
    broken_promise = exchange(
        flaw="broken_promise", why="reply 200: body: 1", violations=[violation(side="reply", value="1.5")]
    )
    assert format_exchanges([unknown_path, broken_promise]).splitlines() == [
        "  unknown path: POST /shop/people?a=1 -> 404",
        "    sent:     no body",
        '    answered: {"error": "unfit"}',
        "    nearest:  GET /people (list_people)",
        "",
        "  broken promise: POST /shop/people?a=1 -> 400",
        "    broken:   body/age: expected integer, got number 1.5",
        '    sent:     {"a": 1}',
        '    answered: {"error": "unfit"}',
        "    why:      reply 200: body: 1",
    ]


def test_a_value_of_another_type_is_shown_with_its_type() -> None:
    values = [
        format_line(exchange(violations=[violation(value=value)])).rpartition("got ")[2]
        for value in ("null", "true", "7", "1e3", "[1]", "{}")
    ]
    assert values == ["null]", "boolean true]", "integer 7]", "number 1e3]", "array [1]]", "object {}]"]


def test_many_exchanges_are_truncated() -> None:
    rows = format_exchanges([exchange(violations=[violation()]) for _ in range(40)]).splitlines()
    assert len(rows) < 45
    assert rows[-1] == "  … and 25 more"


def test_long_bodies_are_truncated() -> None:
    text = format_exchanges([exchange(call={"body": "a" * 5000})])
    assert "(5000 characters)" in text
    assert len(text) < 1000


def test_failure_report_counts_exchanges() -> None:
    assert "1 exchange violated" in failure_report([exchange(flaw="unknown_path")])
    assert "2 exchanges violated" in failure_report([exchange(flaw="unknown_path")] * 2)


def test_control_characters_are_escaped() -> None:
    evil = "a\x1b[2J\r\nFAKE\x00\u202e\x85\u2028\ud800"
    hostile = exchange(
        call={"path": f"/{evil}", "url": f"http://h/{evil}?{evil}", "method": evil, "body": evil},
        reply={"body": evil},
        problem=evil,
        violations=[
            violation(pointer=f"/{evil}", value=evil, expected=evil, nearest=evil),
            violation(message=evil, expected=None),
        ],
        unknown=[{"place": "body", "pointer": f"/{evil}", "nearest": evil}],
        nearest=evil,
        why=evil,
        flaw="unknown_path",
        remarks=[evil],
    )
    for text in (
        format_line(hostile),
        format_summary(hostile),
        *format_remarks(hostile),
    ):
        assert text.isprintable()
    rows = format_exchanges([hostile] * 7).split("\n")
    assert all(row.isprintable() for row in rows)
    assert "\\x1b[2J\\r\\nFAKE\\x00\\u202e\\x85\\u2028\\ud800" in format_line(hostile)
