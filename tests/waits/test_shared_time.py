"""The time that threads share: it stands if a wait ends while it is found out whether all of them wait."""

from collections.abc import Callable
from threading import Event, Thread

from mockserver.call import Exchange
from mockserver.waits.shared_time import SharedTime
from mockserver.waits.wait import Wait


class Block:
    """A block of a world that lets every wait pass."""

    def check(self, _seconds: float, _step: float, _exchange: Exchange | None) -> None: ...

    def newest_exchange(self) -> Exchange | None:
        return None

    def move(self, _step: float) -> None: ...

    def keep(self, _wait: Wait) -> None: ...

    def patience(self) -> float:
        return 60


def shared_time() -> SharedTime:
    time = SharedTime(0)
    time.blocks.append(Block())
    return time


def from_look(number: int) -> Callable[[], bool]:
    """Something that has happened when one looks for this number of times."""
    looks = iter(range(1, 100))
    return lambda: next(looks) >= number


def test_a_wait_that_ends_meanwhile_does_not_move_the_time() -> None:
    time = shared_time()
    with time.waiting("threading", 10, from_look(2)) as waiting:
        time.sleep(waiting, lambda _seconds: None)
    assert time.elapsed == 0


def test_a_block_that_ends_meanwhile_leaves_the_rest_to_the_real_time() -> None:
    time, pauses = shared_time(), list[float]()

    def has_ended() -> bool:
        if time.blocks:
            time.leave(time.blocks[0])
        return False

    with time.waiting("threading", 10, has_ended) as waiting:
        time.sleep(waiting, pauses.append)
    assert (time.elapsed, pauses[-1]) == (0, 10)


def test_a_wait_of_another_thread_that_ends_meanwhile_does_not_either() -> None:
    time, began, may_end = shared_time(), Event(), Event()

    def wait() -> None:
        with time.waiting("threading", 20, from_look(2)):
            began.set()
            may_end.wait()

    other = Thread(target=wait)
    time.add(other)
    other.start()
    began.wait()
    try:
        with time.waiting("threading", 10) as waiting:
            assert time.move_on(waiting) == (False, other)
    finally:
        may_end.set()
        other.join()
    assert time.elapsed == 0
