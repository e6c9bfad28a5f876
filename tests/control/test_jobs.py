"""Jobs through the control API: listed and run."""

from datetime import datetime, timedelta

import pytest
import requests

from mockserver.client import World
from mockserver.errors import ControlError
from tests.control.api import Api, refusal

FROZEN = "2026-01-01T12:00:00Z"


@pytest.mark.mockserver(now=FROZEN)
def test_pending_jobs_are_listed_in_order(api: Api, mockserver: World) -> None:
    requests.get(f"{mockserver.url('voyado')}/api/v3/target-audiences", timeout=20)
    jobs = mockserver.jobs.pending("voyado")
    assert jobs
    assert {job["vendor"] for job in jobs} == {"voyado"}
    assert [job["due"] for job in jobs] == sorted(job["due"] for job in jobs)
    assert datetime.fromisoformat(jobs[0]["due"]) > datetime.fromisoformat(FROZEN)
    shown = api("GET", f"/worlds/{mockserver.name}/jobs?limit=1").json()
    assert shown["waiting"] == len(mockserver.jobs.pending())
    assert len(shown["jobs"]) == 1


@pytest.mark.mockserver(now=FROZEN)
def test_only_due_jobs_run_unless_all_is_set(mockserver: World) -> None:
    requests.get(f"{mockserver.url('voyado')}/api/v3/target-audiences", timeout=20)
    waiting = len(mockserver.jobs.pending())
    assert mockserver.jobs.run() == 0
    assert mockserver.jobs.run(all=True) == waiting
    assert mockserver.clock.now() == datetime.fromisoformat(FROZEN)


@pytest.mark.mockserver(now=FROZEN)
def test_in_manual_mode_the_clock_runs_no_jobs(mockserver: World) -> None:
    requests.get(f"{mockserver.url('voyado')}/api/v3/target-audiences", timeout=20)
    mockserver.configure(jobs="manual")
    first = mockserver.jobs.pending()[0]
    assert mockserver.clock.advance(days=2).jobs_run == 0
    requests.get(f"{mockserver.url('voyado')}/api/v3/target-audiences", timeout=20)
    assert mockserver.jobs.pending()[0] == first
    assert mockserver.jobs.run() >= 1
    due = datetime.fromisoformat(mockserver.jobs.pending()[0]["due"])
    assert due > datetime.fromisoformat(FROZEN) + timedelta(days=2)


def test_unknown_names_are_rejected(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/jobs"
    assert refusal(api("GET", "/worlds/nosuch/jobs")) == (404, "unknown_world")
    assert refusal(api("POST", "/worlds/nosuch/jobs/run")) == (404, "unknown_world")
    assert refusal(api("GET", f"{path}?vendor=orto")) == (404, "unknown_vendor")
    assert refusal(api("GET", f"{path}?limit=0")) == (400, "call_does_not_fit")
    assert refusal(api("POST", f"{path}/run", {"al": True})) == (400, "call_does_not_fit")
    with pytest.raises(ControlError, match="unknown vendor 'orto'"):
        mockserver.jobs.pending("orto")
