"""The commands that read a user's file, and the one line with which they refuse it."""

from pathlib import Path
from typing import Final

import pytest

from mockserver.cli import main

RECORDED: Final = Path(__file__).parents[1] / "verify" / "recorded" / "mitmproxy.har"
_LIVE: Final = ("verify", "ortto", "--url", "http://127.0.0.1:9")

each_command = pytest.mark.parametrize(
    "words",
    [
        ("needs", "FILE"),
        ("impact", "FILE", "FILE", "--needs", "FILE"),
        ("check", "FILE", "--vendor", "ortto"),
        ("check", str(RECORDED), "--vendor", "ortto", "--seen", "FILE"),
        ("proof", "ortto", "--seen", "FILE"),
        ("routes", "--overlay", "FILE"),
        ("lint", "--overlay", "FILE"),
        (*_LIVE, "--credentials", "FILE"),
        (*_LIVE, "--baseline", "FILE"),
        (*_LIVE, "--contract", "FILE"),
        ("new", "shop", "--from", "FILE"),
        ("serve", "--port", "0", "--scenario", "FILE"),
        ("replay", "FILE"),
    ],
    ids=lambda words: "-".join(words[::2]).replace("/", "_")[-30:],
)
"""Gives a test the words of each command, with FILE for the user's file."""


def refusal(words: tuple[str, ...], file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The line with which the command ends, by code 2."""
    with pytest.raises(SystemExit) as end:
        main([str(file) if word == "FILE" else word for word in words])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mockserver: ")
    assert len(line) < 500
    return str(line)
