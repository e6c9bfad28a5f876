"""`verify` and `diff` against services that misbehave: a truthful exit code and one line, within bounds."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.cli import main
from tests.examples import one_in
from tests.verify.adversary import UNUSABLE, WRONG, Behaviour, adversary, random_reply
from tests.verify.few_operations import removal_of_others

Typed = tuple[int, str, str]
Type = Callable[..., Typed]
KEY = ("--credential", "api_key=PRK-x", "--rate", "1000")
LIMITS = ("--max-reply-bytes", "256K", "--timeout", "1s", "--time-limit", "60s")
STORY = ("--story", "page_through_the_audiences")
SEEDS, MORE_SEEDS = range(12), range(12, 40)


def thorough(value: object) -> object:
    """The value of a parameter that is tested in a thorough run only."""
    return pytest.param(value, marks=pytest.mark.thorough)


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str) -> Typed:
        with pytest.raises(SystemExit) as end:
            main([*words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def some(folder: Path, every: int) -> tuple[str, ...]:
    """The words that fuzz one in so many operations: an overlay removes the others."""
    overlay = folder / "ortto.json"
    overlay.write_text(json.dumps(removal_of_others("ortto", every)), encoding="utf-8")
    return ("--phase", "fuzz", "--examples", "1", "--overlay", str(overlay))


def patience(reason: str) -> tuple[str, ...]:
    """The words that shorten a timeout that each call runs into; others may need it on a busy machine."""
    return ("--timeout", "250ms") if reason.startswith("timeout") else ()


def verified(typed: Type, behave: Behaviour, *words: str) -> Typed:
    with adversary(behave) as url:
        return typed("verify", "ortto", "--url", url, *KEY, *LIMITS, *words)


def compared(typed: Type, behave: Behaviour, *words: str) -> Typed:
    with adversary(behave) as url:
        return typed("diff", "ortto", "--url", url, *KEY, *LIMITS, *words)


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_service_is_not_verified(typed: Type, tmp_path: Path, name: str) -> None:
    behave, reason = UNUSABLE[name]
    baseline = tmp_path / "known.json"
    accept = ("--baseline", str(baseline), "--accept")
    code, out, err = verified(typed, behave, "--phase", "stories", *STORY, *accept, *patience(reason))
    assert (code, len(err.splitlines())) == (2, 1), err
    assert err.startswith("mockserver: ortto was not verified (0 of 1 cases carried out")
    assert reason in err
    assert "POST http://127.0.0.1:" in err
    assert err.rstrip().endswith(f"; {baseline} was not written")
    assert " found" not in out
    assert not baseline.exists()


@pytest.mark.parametrize("name", one_in(2, UNUSABLE))
def test_unusable_service_is_no_difference(typed: Type, name: str) -> None:
    behave, reason = UNUSABLE[name]
    code, out, err = compared(typed, behave, *STORY, *patience(reason))
    assert (code, len(err.splitlines())) == (2, 1), err
    assert ": b: POST http://127.0.0.1:" in err
    assert reason in err
    assert "differ" not in out


@pytest.mark.parametrize(
    "name",
    [
        "closed at once",
        "slow drip of headers",
        "gzip bomb",
        "every call not found",
        # The client tells these apart in the test above; to the fuzzer they are the same.
        *map(thorough, ("endless body", "nested too deeply", "no HTTP")),
        # With these, too, the fuzzer calls every operation before it gives up.
        *map(thorough, ("every call unauthorized", "every call rate limited", "login page of a proxy")),
    ],
)
def test_unusable_service_is_not_fuzzed(typed: Type, tmp_path: Path, name: str) -> None:
    behave, reason = UNUSABLE[name]
    baseline = tmp_path / "known.json"
    baseline.write_text('{"accepted": []}')
    accept = ("--baseline", str(baseline), "--accept")
    code, out, err = verified(typed, behave, *some(tmp_path, 8), *accept, *patience(reason))
    assert (code, len(err.splitlines())) == (2, 1), err
    assert err.startswith("mockserver: ortto was not verified (0 of ")
    assert reason in err
    assert " found" not in out
    assert baseline.read_text() == '{"accepted": []}'


@pytest.mark.parametrize("name", ["NaN", thorough("infinity"), "no gzip"])
def test_wrong_reply_is_found_by_the_fuzzer(typed: Type, tmp_path: Path, name: str) -> None:
    code, out, err = verified(typed, WRONG[name], *some(tmp_path, 8))
    assert (code, err) == (1, ""), out


def test_failure_of_the_fuzzer_itself_is_no_finding(typed: Type, tmp_path: Path) -> None:
    """Schemathesis cannot learn from texts that UTF-8 cannot encode; it learns from several operations."""
    code, out, err = verified(typed, WRONG["lone surrogate"], *some(tmp_path, 3))
    assert code == 2
    assert "the fuzzer failed (UnicodeEncodeError: " in err
    assert "new: fuzz error" not in out


@pytest.mark.parametrize("name", WRONG)
def test_wrong_reply_is_a_finding(typed: Type, name: str) -> None:
    code, out, err = verified(typed, WRONG[name], "--phase", "stories", *STORY)
    assert (code, err) == (1, ""), out
    assert "new: stories " in out
    assert max(len(line) for line in out.splitlines()) < 2000


@pytest.mark.parametrize("name", one_in(2, WRONG))
def test_wrong_reply_is_a_difference(typed: Type, name: str) -> None:
    code, out, err = compared(typed, WRONG[name], *STORY)
    assert (code, err) == (1, ""), out


@pytest.mark.parametrize("seed", [*SEEDS, *map(thorough, MORE_SEEDS)])
def test_random_replies_end_truthfully(typed: Type, seed: int) -> None:
    behave = random_reply(seed)
    for code, out, err in (
        verified(typed, behave, "--phase", "stories", *STORY),
        compared(typed, behave, *STORY),
    ):
        assert code in (1, 2), out
        assert len(err.splitlines()) == (1 if code == 2 else 0)
        assert "Traceback" not in out + err
