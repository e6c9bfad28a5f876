"""Exchanges as text: what was wrong, where, and what would have been right; a line stays a line."""

from typing import Any

from mockserver.client import exchange_format


def exchange(**said: Any) -> Any:
    """An exchange as the journal has it, but for what is said."""
    call = {
        "method": "POST",
        "url": "http://h/shop/people?a=1",
        "path": "/people",
        "headers": {},
        "body": '{"a": 1}',
    }
    plain: dict[str, Any] = {
        "number": 7,
        "id": "7",
        "at": "2026-01-01T00:00:00Z",
        "vendor": "shop",
        "operation": "add_person",
        "call": call | said.pop("call", {}),
        "reply": {"status": 400, "headers": {}, "body": '{"error": "unfit"}'} | said.pop("reply", {}),
        **dict.fromkeys(("problem", "flaw", "nearest", "why", "fault")),
        **{name: [] for name in ("violations", "unknown", "remarks")},
        "duration_us": 5,
    }
    return plain | said


def violation(**said: Any) -> dict[str, Any]:
    plain = {
        "side": "call",
        "place": "body",
        "pointer": "/age",
        "keyword": "type",
        "message": "'x' is not of type 'integer'",
        "value": '"x"',
        "expected": "integer",
        "nearest": None,
    }
    return plain | said


def test_a_line_says_what_was_wrong() -> None:
    shown = exchange_format.line(
        exchange(
            problem="unfit",
            violations=[violation()],
            unknown=[{"place": "query", "pointer": "/limt", "nearest": "limit"}],
            fault={"id": "fault-1", "kind": "drop_after"},
        )
    )
    assert shown == (
        "    7  2026-01-01T00:00:00Z  POST /shop/people?a=1 -> 400 unfit  [fault fault-1: drop_after]"
        '  [body/age: expected integer, got string "x"]  [unknown query/limt, nearest: limit]'
    )


def test_a_report_shows_everything_of_an_exchange() -> None:
    shown = exchange_format.report(
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
    assert shown.splitlines() == [
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


def test_an_unknown_path_and_a_broken_promise() -> None:
    nobody = exchange(
        flaw="unknown_path", nearest="GET /people (list_people)", call={"body": ""}, reply={"status": 404}
    )
    ours = exchange(
        flaw="broken_promise", why="reply 200: body: 1", violations=[violation(side="reply", value="1.5")]
    )
    assert exchange_format.report([nobody, ours]).splitlines() == [
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


def test_what_was_sent_of_another_type() -> None:
    shown = [
        exchange_format.line(exchange(violations=[violation(value=value)])).rpartition("got ")[2]
        for value in ("null", "true", "7", "1e3", "[1]", "{}")
    ]
    assert shown == ["null]", "boolean true]", "integer 7]", "number 1e3]", "array [1]]", "object {}]"]


def test_many_exchanges_are_readable_without_scrolling() -> None:
    shown = exchange_format.report([exchange(violations=[violation()]) for _ in range(40)]).splitlines()
    assert len(shown) < 45
    assert shown[-1] == "  … and 25 more"


def test_long_bodies_are_cut() -> None:
    shown = exchange_format.report([exchange(call={"body": "a" * 5000})])
    assert "(5000 characters)" in shown
    assert len(shown) < 1000


def test_an_indictment_counts() -> None:
    assert "one exchange was" in exchange_format.indictment([exchange(flaw="unknown_path")])
    assert "2 exchanges were" in exchange_format.indictment([exchange(flaw="unknown_path")] * 2)


def test_nothing_that_was_sent_moves_a_cursor_or_makes_a_line() -> None:
    evil = "a\x1b[2J\r\nFAKE\x00\u202e\x85\u2028\ud800"
    said = exchange(
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
    for shown in (exchange_format.line(said), exchange_format.summary(said), *exchange_format.remarks(said)):
        assert shown.isprintable()
    reported = exchange_format.report([said] * 7).split("\n")
    assert all(one.isprintable() for one in reported)
    assert "\\x1b[2J\\r\\nFAKE\\x00\\u202e\\x85\\u2028\\ud800" in exchange_format.line(said)
