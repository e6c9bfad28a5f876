"""The file of an exported state: equal bytes for equal states, one line for what cannot be used."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from mockserver.errors import InvalidStateError
from mockserver.state import state_file
from mockserver.state.state_file import WorldState, pack, unpack
from mockserver.storage.store import Row

MANIFEST: dict[str, Any] = {
    "format": "audience-mockserver-state",
    "version": 1,
    "product": "0.1.0",
    "scenario": "demo",
    "seed": 42,
    "people": 2,
    "start": None,
    "clock": {"mode": "real"},
    "settings": {},
    "initial": {"settings": {}, "faults": []},
    "seed_data": {
        "scenario": "0" * 12,
        "anchor": "2026-01-01T00:00:00Z",
        "locales": {"sv_SE": 1},
        "vendors": {},
    },
    "vendors": {"ortto": {"documents": 2, "seed_digest": "0" * 64}},
}
DOCUMENTS = [
    ("_serial", Row("ortto", "", 0, b"7")),
    ("ortto.person", Row("é", "list", -3, b'{"b":1,"a":[1.5,null]}')),
    ("ortto/email", Row("1:ab", "a", 0, None)),
]
STATE = WorldState(MANIFEST, DOCUMENTS)
LINE = b'{"kind":"ortto.person","id":"1","body":{}}\n'


def archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    return file.getvalue()


def changed(**members: Any) -> bytes:
    """The file with another manifest and no documents."""
    manifest = MANIFEST | {"vendors": {}} | members
    return archive({"manifest.json": orjson.dumps({k: v for k, v in manifest.items() if v is not ...})})


def with_lines(lines: bytes, name: str = "ortto.jsonl") -> bytes:
    vendors = {"ortto": {"documents": lines.count(b"\n"), "seed_digest": "0" * 64}}
    return archive({"manifest.json": orjson.dumps(MANIFEST | {"vendors": vendors}), name: lines})


def flipped() -> bytes:
    content = bytearray(pack(STATE))
    content[len(content) // 2] ^= 1
    return bytes(content)


def damaged_lzma() -> bytes:
    """A method that the server reads, though it does not write states by it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.json", orjson.dumps(MANIFEST))
    content = bytearray(file.getvalue())
    start = content.index(b"manifest.json") + len("manifest.json")
    content[start + 9 : start + 40] = b"\xff" * 31
    return bytes(content)


def test_a_file_holds_the_state_whatever_the_order_of_its_documents() -> None:
    content = pack(STATE)
    assert unpack(content) == STATE
    assert pack(WorldState(dict(reversed(MANIFEST.items())), DOCUMENTS[::-1])) == content
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.namelist() == ["manifest.json", "world.jsonl", "ortto.jsonl"]
        assert {one.date_time for one in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.read("ortto.jsonl").decode().splitlines() == [
            '{"kind":"ortto.person","id":"é","parent":"list","rank":-3,"body":{"b":1,"a":[1.5,null]}}',
            '{"kind":"ortto/email","id":"1:ab","parent":"a","deleted":true}',
        ]


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: b"people: 3", "not a state: File is not a zip file"),
        (lambda: pack(STATE)[:-40], "damaged or not a state"),
        (flipped, "the state"),
        (damaged_lzma, "damaged or not a state"),
        (lambda: archive({"ortto.jsonl": b""}), "entries other than one manifest.json"),
        (lambda: archive({"manifest.json": b"{}", "../x.jsonl": b""}), "unknown entry '../x.jsonl'"),
        (lambda: archive({"manifest.json": b"{"}), "manifest.json: invalid JSON"),
        (lambda: changed(format="other"), "the format is not audience-mockserver-state"),
        (lambda: changed(version=2, product="7.0"), "version 2 of the format is newer"),
        (lambda: changed(version=0), "/version"),
        (lambda: changed(extra=1), "extra"),
        (lambda: changed(seed=...), "seed"),
        (lambda: changed(clock={"mode": "frozen"}), "/clock"),
        (lambda: changed(clock={"mode": "frozen", "now": "2026-02-30T00:00:00Z"}), "/clock"),
        (lambda: changed(people=250_001), "/people"),
        (lambda: with_lines(b"nonsense\n"), "ortto.jsonl:1: invalid JSON"),
        (lambda: with_lines(LINE + b'{"kind":"ortto.person"}\n'), 'ortto.jsonl:2 at the root: "id"'),
        (lambda: with_lines(LINE + LINE), "ortto.jsonl:2: a second document '1'"),
        (lambda: with_lines(LINE, "voyado.jsonl"), "kind 'ortto.person' belongs into another entry"),
        (lambda: with_lines(LINE.replace(b"ortto.person", b"_world")), "/kind"),
        (lambda: with_lines(LINE.replace(b'"1"', b'"\\u0000"')), "/id"),
        (lambda: with_lines(LINE.replace(b'{}', b"[" * 500 + b"]" * 500)), "ortto.jsonl:1: invalid JSON: n"),
        (lambda: with_lines(b'{"kind":"_job","id":"1","body":{}}\n', "world.jsonl"), "world.jsonl:1 at"),
        (lambda: with_lines(LINE.rstrip()), "1 documents of ortto, where the manifest has 0"),
        (lambda: archive({"manifest.json": b" " * 135_000_000}), "larger than 32 MB"),
        (lambda: archive({f"v{number}.jsonl": b"" for number in range(103)}), "larger than 32 MB"),
        (lambda: with_lines(b"\n" * 1_000_001), "larger than 32 MB"),
        (lambda: bytes(state_file.MAX_FILE + 1), "larger than 32 MB"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_in_one_line(make: Callable[[], bytes], part: str) -> None:
    with pytest.raises(InvalidStateError) as refused:
        unpack(make())
    message = str(refused.value)
    assert part in message
    assert "\n" not in message
    assert message.startswith("the state")
    assert "; " in message, "the fix"
    assert len(message) < 400


def test_long_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_file, "MAX_LINE", 40)
    with pytest.raises(InvalidStateError, match="in a line"):
        unpack(with_lines(LINE))
    with pytest.raises(InvalidStateError, match="in a line"):
        pack(STATE)


def test_a_file_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(InvalidStateError, match=r"/nowhere/state.zip: cannot be read: .*; give a file"):
        state_file.load_state("/nowhere/state.zip")
