"""The garbage collector during and after long work."""

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.state.job_runner import JobRunner
from mockserver.state.jobs import Job
from mockserver.state.long_work import OwnProcess, without_gc
from mockserver.state.worlds import Worlds
from mockserver.testing.local_control import LocalControl
from tests import garbage
from tests.state.conftest import Shop


@pytest.fixture(scope="module", autouse=True)
def spared() -> Iterator[None]:
    """Collects what others have left, and takes all that exists out of the collections of these tests."""
    garbage.spare_collected_tests()
    yield
    gc.unfreeze()
    garbage.spare_collected_tests()


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has this process count as one that runs a command of ours and nothing else."""
    monkeypatch.setattr(OwnProcess, "is_this", True)


def test_it_is_off_meanwhile_and_on_again_after_an_error() -> None:
    def fail() -> None:
        with without_gc():
            with without_gc():
                assert not gc.isenabled()
            assert not gc.isenabled()
            raise ZeroDivisionError

    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert gc.isenabled()


@pytest.mark.usefixtures("own_process")
def test_many_new_objects_are_never_visited_again() -> None:
    before = gc.get_freeze_count()
    with without_gc():
        documents: list[tuple[int, list[int]]] = [(number, []) for number in range(60_000)]
    assert gc.get_freeze_count() - before > 0.9 * len(documents)  # something else may have been freed


@pytest.mark.usefixtures("own_process")
def test_few_new_objects_are_left_to_the_collector() -> None:
    before = gc.get_freeze_count()
    with without_gc():
        documents: list[list[int]] = [[] for _ in range(1_000)]
    assert gc.get_freeze_count() <= before  # what is frozen is freed with its last reference
    assert documents


@pytest.mark.usefixtures("own_process")
def test_what_lives_to_the_end_is_never_visited_again() -> None:
    before = gc.get_freeze_count()
    with without_gc(keeps_all=True):
        documents: list[list[int]] = [[] for _ in range(1_000)]
    assert gc.get_freeze_count() - before > 0.9 * len(documents)  # something else may have been freed


@pytest.mark.parametrize("keeps_all", [False, True])
def test_the_garbage_of_others_stays_collectable(keeps_all: bool) -> None:
    """In the process of a client's tests, what is frozen would be theirs, and never collected."""
    before = gc.get_freeze_count()
    with without_gc(keeps_all=keeps_all):
        documents: list[list[int]] = [[] for _ in range(150_000)]
    assert gc.get_freeze_count() <= before  # what is frozen is freed with its last reference
    assert documents


def test_a_command_that_is_called_leaves_the_collector_alone(capsys: pytest.CaptureFixture[str]) -> None:
    before = gc.get_freeze_count(), gc.get_threshold()
    with pytest.raises(SystemExit) as end:
        main(["routes", "digitalaudience"])
    assert end.value.code == 0, capsys.readouterr().err
    assert gc.get_threshold() == before[1]
    assert gc.get_freeze_count() <= before[0]


def test_a_command_that_is_the_process_freezes_its_modules() -> None:
    code = """if True:
        import atexit, gc, sys
        from mockserver.cli import main
        atexit.register(lambda: print(gc.get_freeze_count() > 1_000, gc.get_threshold()[0]))
        sys.argv = ["mockserver", "routes", "digitalaudience"]
        main()
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True 50000"


def test_seed_data_and_jobs_are_long_work(
    worlds: Worlds, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = worlds.create("mine", "twelve")
    enabled: list[bool] = []

    def note(*_: Any) -> Callable[[Job], bool]:
        enabled.append(gc.isenabled())
        return lambda job: True

    monkeypatch.setattr(shop, "populate", note)
    monkeypatch.setattr(JobRunner, "_can_run", note)
    worlds.seed_data.ensure_loaded(record["base"], shop)
    worlds.job_runner.run_due(record)
    worlds.job_runner.run_all(record)
    assert enabled == [False] * 3


def test_jobs_leave_nothing_to_the_collector() -> None:
    """What is frozen after long work is never collected: ten years of nights took gigabytes for ever."""
    app = create_app(people=0)
    world = LocalControl(app).create_world(scenario="showcase", people=10)
    for vendor in world.vendors:
        world.collections(vendor)
    garbage.spare_collected_tests()
    gc.disable()
    try:
        world.clock.advance(3 * 86_400)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {
            type(one).__qualname__
            for one in gc.garbage
            if type(one).__module__.startswith("mockserver.state")
        }
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        app.close()
    assert left == set()
