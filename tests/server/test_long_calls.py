"""Which calls run elsewhere than in the loop: after which history, for how long."""

import pytest

from mockserver.server.http_request import HttpRequest
from mockserver.server.long_calls import LONG_SECONDS, LongCalls

SHORT, LONG = 0.0, LONG_SECONDS


class History:
    """Calls one after the other, each where the rule sends it; `o` in the loop, `x` elsewhere."""

    def __init__(self) -> None:
        self.long = LongCalls(lambda request: (request.path,), lambda request: request.path[:4])

    def run(self, costs: str, path: str = "/") -> str:
        """The places of calls that cost much (`L`) or little (`s`)."""
        places = ""
        for cost in costs:
            request = _request(path)
            in_loop = not self.long.is_expected(request)
            self.long.note(request, LONG if cost == "L" else SHORT, in_place=in_loop)
            places += "o" if in_loop else "x"
        return places


def _request(path: str, body: bytes = b"") -> HttpRequest:
    return HttpRequest("POST", path, path, "", {}, body, "", "http", "here")


@pytest.fixture
def history() -> History:
    return History()


def test_a_call_that_was_long_once_costs_one_detour(history: History) -> None:
    assert history.run("Lssss") == "oxooo"


def test_long_calls_stay_elsewhere(history: History) -> None:
    assert history.run("LLLLL") == "oxxxx"


def test_a_long_call_elsewhere_is_no_worse_than_before(history: History) -> None:
    """Its place was right: the rule has nothing to learn."""
    assert history.run("LLLLsss") == "oxxxxoo"


@pytest.mark.parametrize("short", [1, 2, 5, 20])
def test_calls_of_changing_cost_soon_stay_elsewhere(history: History, short: int) -> None:
    """The cost depends on what the caller asks for: few of the long ones run in the loop."""
    costs = ("L" + "s" * short) * 200
    places = history.run(costs)
    in_loop = sum(1 for cost, place in zip(costs, places, strict=True) if (cost, place) == ("L", "o"))
    assert in_loop <= 7


def test_the_rule_forgets(history: History) -> None:
    history.run("LsLsL")
    assert history.run("s" * 300).endswith("oo")
    assert len(history.long) == 0
    assert history.run("Lss") == "oxo"


def test_other_calls_are_not_affected(history: History) -> None:
    history.run("LL")
    assert history.run("s", path="/other") == "o"


def test_the_size_of_the_body_is_part_of_the_key(history: History) -> None:
    history.long.note(_request("/", b"x" * 100_000), LONG, in_place=True)
    assert history.long.is_expected(_request("/", b"x" * 90_000))
    assert not history.long.is_expected(_request("/", b"x"))


def test_a_call_with_a_large_body_is_expected_to_be_long(history: History) -> None:
    assert history.long.is_expected(_request("/", bytes(300_000)))


def test_the_keys_are_bounded(history: History) -> None:
    for number in range(3_000):
        history.run("L", path=f"/{number}")
    assert len(history.long) == 1_000
    assert history.run("s", path="/2999") == "x"
    assert history.run("s", path="/0") == "o"


def test_a_key_that_is_not_used_any_more_is_forgotten(history: History) -> None:
    history.run("L", path="/of-a-deleted-world")
    history.run("L" + "s" * 10_001)
    assert len(history.long) == 0


def test_the_key_of_a_call_is_not_looked_for_while_its_group_has_no_history() -> None:
    """In a world without long calls, the one of another world costs a call next to nothing."""
    asked: list[str] = []

    def key(request: HttpRequest) -> tuple[str, ...]:
        asked.append(request.path)
        return (request.path,)

    long = LongCalls(key, lambda request: request.path[:2])
    long.note(_request("/a/long"), LONG, in_place=True)
    assert long.is_expected(_request("/a/long"))
    asked.clear()
    for _ in range(3):
        assert not long.is_expected(_request("/b/short"))
        long.note(_request("/b/short"), SHORT, in_place=True)
    assert not asked
    assert not long.is_expected(_request("/a/other"))
    assert asked == ["/a/other"]


def test_a_group_is_forgotten_with_its_last_key() -> None:
    asked: list[str] = []

    def key(request: HttpRequest) -> tuple[str, ...]:
        asked.append(request.path)
        return (request.path,)

    long = LongCalls(key, lambda _request: "")
    long.note(_request("/long"), LONG, in_place=True)
    for _ in range(10_001):
        long.note(_request("/other"), SHORT, in_place=True)
    assert len(long) == 0
    asked.clear()
    long.note(_request("/long"), LONG, in_place=True)
    long.note(_request("/other"), SHORT, in_place=True)
    assert asked == ["/long", "/other"]
