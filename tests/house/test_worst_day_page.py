"""The examples of the page about the worst day: each is a test that passes."""

import subprocess
import sys
from pathlib import Path

from tests.house.pages import DOCS, blocks


def test_the_examples_pass(tmp_path: Path) -> None:
    examples = blocks("python", DOCS["docs/how-to/find-the-worst-day.md"])
    assert len(examples) == 5
    for number, example in enumerate(examples):
        assert "def test_" in example
        (tmp_path / f"test_example_{number}.py").write_text(example, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
