"""References in place of secrets: whichever they are, at a cost that sessions do not raise."""

import pytest

from mockserver import vendors
from mockserver.formats.secret_mark import mark
from mockserver.state.credentials import KnownCredential
from mockserver.state.secret_references import SecretReferences
from mockserver.storage.store import Row
from tests.hostile.caller import counted

VENDOR = "digitalaudience"
KEY, LONGER, GONE = f"KEY-{mark('0' * 16)}", f"KEY-{mark('0' * 16)}11", mark("2" * 16)


def references(*sessions: str) -> SecretReferences:
    known: list[KnownCredential] = [
        {"world": "one", "vendor": VENDOR, "field": "token", "value": value} for value in sessions
    ]
    initial = {VENDOR: {"key": KEY, "longer": LONGER, "word": "admin"}}
    return SecretReferences({VENDOR: vendors.find(VENDOR)}, initial, known)


def hidden(found: SecretReferences, text: str) -> str:
    row = found.hide("note", Row("id", text, 1, text.encode()))
    assert row is not None
    assert row.body == row.parent.encode()
    return row.parent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a {KEY}, {GONE}.", "a <digitalaudience.key>, <gone>."),
        (f"{LONGER}{KEY}{LONGER}", "<digitalaudience.longer><digitalaudience.key><digitalaudience.longer>"),
        (f"x{GONE}{GONE}1", "x<gone><gone>1"),
        (GONE[:-1], GONE[:-1]),
        (f"{GONE[:8]}{KEY[4:]}", f"{GONE[:8]}{KEY[4:]}"),
        ("admin", "admin"),
        (f"{{{{credential:x}}}}{KEY}", "<>credential:x}}<digitalaudience.key>"),
    ],
)
def test_secrets_are_replaced_and_the_longest_first(text: str, shown: str) -> None:
    assert hidden(references(GONE), text) == shown.replace("<", "{{credential:").replace(">", "}}")


def test_many_sessions_cost_little() -> None:
    sessions = [mark(f"{number:032x}") for number in range(1_000)]
    text = f"{KEY} {sessions[7]} {mark('f' * 32)}"
    with counted() as calls:
        shown = hidden(references(*sessions), text)
    assert shown == f"{{{{credential:digitalaudience.key}}}} {{{{credential:gone}}}} {mark('f' * 32)}"
    assert calls[0] < 20 * len(sessions)
