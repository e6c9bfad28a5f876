"""Throughput compared with a bare Flask view with orjson, in the same run: the view on this project's server,
and on plain waitress.

    python benchmarks/bench.py            # needs `wrk` (apt-get install wrk)
    python benchmarks/bench.py --stores   # one and two workers on each store; --postgres URL for that one too

Calls per second and p99 for get, a list of 20 and a validated create (validation of call and reply, state and
journal on), in interleaved rounds, as the median ratio; fork and reset at 200 and 100,000 people; time to
seed; the pages of an audience of 100,000; cold start (with byte code and contracts cached by an earlier
start); one call in process. With `--stores` the three calls on a file and on PostgreSQL compared with memory,
with one and with two workers. Absolute figures depend on the machine; ratios hold.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.client import Control, World

ROUNDS = 5
SECONDS = 2
CONNECTIONS = 4
SERVE = ("-m", "mockserver", "serve", "--port", "0", "--no-limits")
BARE_SERVERS = ("ours", "waitress")
COLUMNS = f"{'bare/s':>9}{'waitress/s':>12}{'ours/s':>9}{'to bare':>9}{'to waitress':>13}{'p99 ms':>9}"
VENDORS_OF_THE_BENCH = ("ortto", "voyado", "fanfare")

Shot = dict[str, Any]


def main() -> None:
    """Measures everything, or the stores, and prints each result when it is known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stores", action="store_true", help="the stores, by one and by two workers")
    parser.add_argument("--postgres", metavar="URL", help="an empty database for --stores")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("benchmarks need wrk on the PATH: apt-get install wrk")
    if asked.stores:
        stores(asked.postgres)
        return
    throughput()
    sizes()
    pages()
    start()


def throughput() -> None:
    """Ratios of calls per second, and p99 in milliseconds."""
    with against_bare({"": ()}) as (servers, bare, folder):
        print(f"{'call':<10}{COLUMNS}")
        for name, shot in servers[""].items():
            compare(name, shot, bare, folder)


def stores(postgres: str | None) -> None:
    """The ratios for each store and number of workers, all in the same run."""
    with tempfile.TemporaryDirectory() as files:
        options: dict[str, tuple[str, ...]] = {"memory, 1": ()}
        for workers in (1, 2):
            words = ("--workers", str(workers), "--store")
            options[f"file, {workers}"] = (*words, f"sqlite:///{files}/{workers}.db")
            if postgres:
                options[f"PostgreSQL, {workers}"] = (*words, postgres)
        with against_bare(options) as (servers, bare, folder):
            print(f"{'store, workers':<18}{'call':<10}{COLUMNS}")
            for store, shots in servers.items():
                for name, shot in shots.items():
                    print(f"{store:<18}", end="")
                    compare(name, shot, bare, folder)


@contextmanager
def against_bare(
    options: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[dict[str, dict[str, Shot]], list[str], Path]]:
    """Servers with these options, each with its calls, bare ones with the same replies, and a folder."""
    with ExitStack() as stack:
        servers = {}
        for name, words in options.items():
            url = stack.enter_context(spawned(*SERVE, *words))
            servers[name] = prepared(Control(url).create_world())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bodies = folder / "bodies.json"
        shots = next(iter(servers.values()))
        bodies.write_text(json.dumps({name: shot["reply"] for name, shot in shots.items()}))
        script = str(Path(__file__).with_name("bare.py"))
        bare = [stack.enter_context(spawned(script, str(bodies), server)) for server in BARE_SERVERS]
        yield servers, bare, folder


def compare(name: str, ours: Shot, bare: list[str], folder: Path) -> None:
    """One line of the table; rounds alternate, so that a change of the machine's speed affects all."""
    shots = [*[{**ours, "url": f"{url}/{name}"} for url in bare], ours]
    rounds = [[load(shot, folder) for shot in shots] for _ in range(ROUNDS)]
    speeds = [median(one[side][0] for one in rounds) for side in range(len(shots))]
    ratios = [median(one[-1][0] / one[side][0] for one in rounds) for side in range(len(bare))]
    p99 = median(one[-1][1] for one in rounds)
    print(f"{name:<10}{speeds[0]:>9.0f}{speeds[1]:>12.0f}{speeds[2]:>9.0f}", end="")
    print(f"{ratios[0]:>9.2f}{ratios[1]:>13.2f}{p99:>9.2f}", flush=True)


def prepared(world: World) -> dict[str, Shot]:
    """The three calls, in a world of 200 people that also has twenty audiences, with the replies they get."""
    for number in range(20):
        leaf = {"$bol::is": {"field_id": "bol::p", "value": number % 2 == 0}}
        world.backstage("ortto", "create_audience", name=f"Audience {number}", filter={"$and": [leaf]})
    world.clock.advance(minutes=5)
    world.clock.freeze()
    contacts = {**world.headers("voyado"), "Content-Type": "application/json"}
    create = {
        "url": world.url("voyado") + "/api/v3/contacts",
        "headers": contacts,
        # a random address: the fake rejects a second contact with the same one
        "body": {"firstName": "Ada", "email": "ada{n}@example.com", "countryCode": "SE"},
    }
    created = sent(create)
    get = {"url": f"{world.url('voyado')}/api/v3/contacts/{created['id']}", "headers": contacts}
    audiences = {
        "url": world.url("ortto") + "/v1/audiences/get",
        "headers": {**world.headers("ortto"), "Content-Type": "application/json"},
        "body": {"limit": 20},
    }
    listed = sent(audiences)
    assert len(listed) == 20, listed
    return {
        "get": {**get, "reply": sent(get)},
        "list": {**audiences, "reply": listed},
        "create": {**create, "reply": created},
    }


def sent(shot: Shot) -> Any:
    """The reply to one call."""
    words = [word for name, value in shot["headers"].items() for word in ("-H", f"{name}: {value}")]
    if "body" in shot:
        words += ["--data", json.dumps(shot["body"]).replace("{n}", "0")]
    done = subprocess.run(["curl", "-sSf", *words, shot["url"]], capture_output=True, check=True)
    return json.loads(done.stdout)


def load(shot: Shot, folder: Path) -> tuple[float, float]:
    """Calls per second and p99 in milliseconds; only 2xx replies count."""
    script = folder / "shot.lua"
    script.write_text(lua(shot))
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(script), shot["url"]]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit(f"{shot['url']} was refused under load:\n{out}")
    number, unit = re.findall(r"99%\s+([0-9.]+)(us|ms|s)", out)[0]
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
    return float(re.findall(r"Requests/sec:\s+([0-9.]+)", out)[0]), float(number) * scale


def lua(shot: Shot) -> str:
    """The call as a wrk script; `{n}` in the body is a fresh random number each time."""
    lines = [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in shot["headers"].items()
    ]
    lines.append("math.randomseed(os.time())")
    if "body" in shot:
        body = json.dumps(json.dumps(shot["body"]))
        fresh = f'local body = string.gsub({body}, "{{n}}", tostring(math.random(1, 2^52)))'
        lines.append(f'request = function() {fresh} return wrk.format("POST", nil, nil, body) end')
    return "\n".join(lines)


def sizes() -> None:
    """Seeding, fork and reset, for few and for many people."""
    print(f"\n{'people':<10}{'seed s':>9}{'fork us':>9}{'reset us':>10}   (seed: per vendor)")
    for people in (200, 100_000):
        desk = create_app(people=people).context
        worlds = desk.worlds
        registered = worlds.get("default")
        seeds = [timed(lambda: worlds.load(registered, vendor)) for vendor in VENDORS_OF_THE_BENCH]  # noqa: B023
        forks = [timed(lambda: worlds.fork("default", f"w{n}")) for n in range(200)]  # noqa: B023
        resets = []
        for number in range(200):
            world = worlds.load(worlds.get(f"w{number}"), "ortto")
            for _ in range(20):
                world.records("note").add(world.uuid(), {"text": "x" * 500})
            resets.append(timed(lambda: worlds.reset(f"w{number}")))  # noqa: B023
        seed = " + ".join(f"{seconds:.2f}" for seconds in seeds)
        print(f"{people:<10}{seed:>9}{median(forks) * 1e6:>9.0f}{median(resets) * 1e6:>10.0f}", flush=True)


def pages() -> None:
    """Walks an audience of 100,000 by its cursors: a page costs the same wherever it is."""
    app = create_app(people=100_000)
    client, registered = Client(app), app.context.worlds.get("default")
    headers = {"Authorization": f"Bearer {registered['credentials']['fanfare']['secret_key']}"}
    rule = {"field": "createdAt", "operator": "EXISTS", "values": []}
    body = {"name": "Everybody", "type": "DYNAMIC", "rules": [rule]}
    audience = client.post("/fanfare/api/v1/audiences", json=body, headers=headers).get_json()
    client.put("/_mock/worlds/default/clock", json={"advance": 60})
    path = f"/fanfare/api/v1/audiences/{audience['id']}/members?first=100"

    def page(after: str | None) -> dict[str, Any]:
        found: dict[str, Any] = client.get(
            path + (f"&after={after}" if after else ""), headers=headers
        ).get_json()
        return found

    seen: set[str] = set()
    cursors: list[str | None] = [None]
    while members := (found := page(cursors[-1]))["data"]:
        seen |= {member["id"] for member in members}
        cursors.append(found["pageInfo"]["endCursor"])
    rounds = [(timed(lambda: page(None)), timed(lambda: page(cursors[-2]))) for _ in range(50)]
    ratio = median(last / first for first, last in rounds)
    print(f"\n{len(seen)} members in {len(cursors) - 1} pages; the last page costs {ratio:.2f} of the first")


def start() -> None:
    """Cold start until ready, and a call in process."""
    colds = []
    with tempfile.TemporaryDirectory() as folder:
        installed = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        for _ in range(ROUNDS + 1):
            began = time.perf_counter()
            with spawned(*SERVE, environment=installed):
                colds.append(time.perf_counter() - began)
        colds.pop(0)  # it wrote the byte code
    app = create_app()
    registered = app.context.worlds.get("default")
    key = registered["credentials"]["ortto"]["api_key"]
    client = Client(app)

    def call() -> None:
        reply = client.post("/ortto/v1/audiences/get", json={"limit": 5}, headers={"X-Api-Key": key})
        assert reply.status_code == 200

    call()
    in_process = median(timed(call) for _ in range(500)) * 1e6
    print(f"\nready after {median(colds):.2f} s; in process {in_process:.0f} us")


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def spawned(*words: str, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """A server in a process of its own; its URL is in the first line that it prints."""
    command = [sys.executable, *words]
    known = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=known) as process:
        try:
            assert process.stdout is not None
            yield re.findall(r"http://[0-9.]+:[0-9]+", process.stdout.readline())[0]
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
