"""Counts that processes share by files, on a disk that may be full."""

import errno
import os
from pathlib import Path

import pytest

from mockserver.server.shared_counts import SharedCounts

A, B = ("calls", "ortto", "200"), ("seconds", "ortto")


class Disk:
    """A disk with so many bytes left, which takes a part of what is too long, as a real one does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 1 << 20
        self.end = 0
        self._write = os.pwrite
        monkeypatch.setattr(os, "pwrite", self.write)

    def write(self, descriptor: int, data: bytes, start: int) -> int:
        fitting = max(0, self.end + self.room - start)
        if data and not fitting:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._write(descriptor, data[:fitting], start)
        self.room -= max(0, start + written - self.end)
        self.end = max(self.end, start + written)
        return written


def test_processes_add_up_what_they_count(tmp_path: Path) -> None:
    one, other = SharedCounts(str(tmp_path)), SharedCounts(str(tmp_path))
    one.add(A, [1])
    other.add(A, [1])
    other.add(B, [0, 1, 0.5])
    one.add(A, [1])
    assert one.totals() == other.totals() == {A: [3], B: [0, 1, 0.5]}


def test_a_process_without_a_folder_counts_alone() -> None:
    alone = SharedCounts()
    alone.add(A, [1])
    assert alone.totals() == {A: [1]}


@pytest.mark.parametrize("room", [0, 1, 9, 50, 70])
def test_what_a_full_disk_refuses_is_counted_and_shared_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, room: int
) -> None:
    disk = Disk(monkeypatch)
    one, other = SharedCounts(str(tmp_path)), SharedCounts(str(tmp_path))
    one.add(A, [1])
    disk.room = room
    for _ in range(3):
        one.add(B, [1, 0, 0.25])
        one.add(("faults", "ortto"), [1])
        one.add(A, [1])
    assert one.totals()[B] == [3, 0, 0.75], "nothing is lost"
    assert other.totals()[A] == [4], "what has its place on the disk goes on"
    assert ("faults", "ortto") not in other.totals()
    (line,) = caplog.messages
    assert "free space in" in line
    disk.room = 1 << 20
    one.add(A, [1])
    assert other.totals() == one.totals()


def test_a_folder_that_is_gone_ends_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gone = tmp_path / "gone"
    counts = SharedCounts(str(gone))
    counts.add(A, [1])
    counts.add(A, [1])
    assert counts.totals() == {A: [2]}
    assert len(caplog.records) == 2, "one line about writing, one about reading"
