"""A command that runs to its end: no signal is lost while it starts."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from mockserver.cli.child_process import run_child


def test_a_signal_during_the_start_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(subprocess.Popen[bytes]):
        """A command that has started when a signal for its parent arrives."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Slow)
    assert (
        run_child([sys.executable, "-c", "import time; time.sleep(60)"], os.environ) == 128 + signal.SIGTERM
    )
