"""The one client of the control API, standard library alone: the shell and the tests speak through it."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit


class ControlError(Exception):
    """The server refused, or could not be reached; the text is one line with the mend.

    `problem` is the refusal's name in the control contract, or `unreachable`; `status` is then None.
    """

    def __init__(self, problem: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.problem = problem
        self.status = status


class Tick(NamedTuple):
    """What a clock reads, whether it is real, shifted or frozen, and how many jobs fell due on the way."""

    now: datetime
    mode: str
    jobs_run: int


class Control:
    """A running mock server, given by its base URL (as `mockserver serve` prints it)."""

    def __init__(self, url: str, timeout: float = 60) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ControlError(
                "unreachable", f"{url!r} is no URL of a server; write it as http://127.0.0.1:4700"
            )
        self.url = url.rstrip("/")
        self._host = parts.netloc.rpartition("@")[2]
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._base = parts.path.rstrip("/") + "/_mock"
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"Control({self.url!r})"

    def health(self) -> dict[str, Any]:
        """`{status, version, vendors, worlds}` of the server."""
        health: dict[str, Any] = self.send("GET", "/health")
        return health

    def vendors(self) -> list[dict[str, Any]]:
        """The vendors, each with its name, base URL, operations and backstage actions."""
        vendors: list[dict[str, Any]] = self.send("GET", "/vendors")["vendors"]
        return vendors

    def worlds(self) -> list["World"]:
        """All worlds, oldest first."""
        return [World(self, facts) for facts in self.send("GET", "/worlds")["worlds"]]

    def world(self, name: str = "default") -> "World":
        """The world of this name; ControlError (unknown_world) if there is none."""
        return World(self, self.send("GET", f"/worlds/{quote(name, safe='')}"))

    def create_world(
        self,
        name: str | None = None,
        *,
        scenario: str | None = None,
        seed: int | None = None,
        people: int | None = None,
        now: datetime | str | None = None,
        fork: str | None = None,
    ) -> "World":
        """A new world; what is left out is as the server was started. `fork` names a world to copy."""
        wishes = {"name": name, "scenario": scenario, "seed": seed, "people": people, "from": fork}
        wishes["now"] = None if now is None else _moment(now)
        body = {member: value for member, value in wishes.items() if value is not None}
        return World(self, self.send("POST", "/worlds", body))

    def send(self, method: str, path: str, body: object = None) -> Any:
        """One call of the control API; returns the reply's JSON, or raises ControlError with its message."""
        status, content = self._exchange(method, self._base + path, body)
        try:
            reply = json.loads(content) if content else None
        except ValueError:
            raise self._stranger(f"{method} {path} was answered with {status} and no JSON") from None
        if 200 <= status < 300:
            return reply
        if not isinstance(reply, dict) or not {"error", "message"} <= reply.keys():
            raise self._stranger(f"{method} {path} was answered with {status} in no words of ours")
        raise ControlError(reply["error"], reply["message"], status)

    def _exchange(self, method: str, target: str, body: object) -> tuple[int, bytes]:
        payload = None if body is None else json.dumps(body).encode()
        headers = {} if payload is None else {"Content-Type": "application/json"}
        connection = self._connect(self._host, timeout=self._timeout)
        try:
            connection.request(method, target, payload, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as trouble:
            what = f"no mock server answers at {self.url} ({trouble or type(trouble).__name__})"
            mend = "start one with `mockserver serve`, or mend the URL"
            raise ControlError("unreachable", f"{what}; {mend}") from trouble
        finally:
            connection.close()

    def _stranger(self, what: str) -> ControlError:
        return ControlError(
            "unreachable", f"{self.url} does not speak like a mock server: {what}; check the URL"
        )


class World:
    """One world of a running server."""

    def __init__(self, control: Control, facts: Mapping[str, Any], app: Any = None) -> None:
        self._control = control
        self._facts = facts
        self._path = f"/worlds/{quote(facts['name'], safe='')}"
        self.clock = Clock(control, f"{self._path}/clock")
        self.app = app
        """The WSGI application that serves this world, where it lives in this process."""
        self.before_forgetting: Callable[[], object] = lambda: None
        """Called before this client has the journal forgotten, for whoever must have read it to its end."""

    def __repr__(self) -> str:
        return f"World({self.name!r} at {self._control.url})"

    @property
    def name(self) -> str:
        return str(self._facts["name"])

    @property
    def scenario(self) -> str:
        return str(self._facts["scenario"])

    @property
    def seed(self) -> int:
        return int(self._facts["seed"])

    @property
    def people(self) -> int:
        """How many people lived here at its start."""
        return int(self._facts["people"])

    @property
    def vendors(self) -> list[str]:
        """The names of the vendors."""
        return sorted(self._facts["vendors"])

    def url(self, vendor: str) -> str:
        """The vendor's base URL in this world."""
        return str(self._door(vendor)["url"])

    def credentials(self, vendor: str) -> dict[str, str]:
        """What a caller presents to this vendor in this world, by the credential's names."""
        return dict(self._door(vendor)["credentials"])

    def headers(self, vendor: str) -> dict[str, str]:
        """The headers that authenticate a call; empty where it has to be signed or a session opened."""
        return dict(self._door(vendor)["headers"])

    def journal(
        self,
        *,
        vendor: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        flawed: bool | None = None,
        after: int = 0,
    ) -> list[dict[str, Any]]:
        """The exchanges so far, oldest first; each filter that is given must hold."""
        return list(
            self._pages(vendor=vendor, operation=operation, status=status, flawed=flawed, after=after)
        )

    def clear_journal(self) -> None:
        """Forget the exchanges so far."""
        self.before_forgetting()
        self._control.send("DELETE", f"{self._path}/journal")

    def backstage(self, vendor: str, action: str, **body: Any) -> Any:
        """Do what a person would do in the vendor's own user interface; returns the action's reply."""
        return self._control.send("POST", f"{self._path}/backstage/{quote(vendor)}/{quote(action)}", body)

    def reset(self) -> None:
        """Put the world back to its start."""
        self.before_forgetting()
        self._facts = self._control.send("POST", f"{self._path}/reset")

    def snapshot(self, name: str) -> None:
        """Remember the present state under a name."""
        self._control.send("POST", f"{self._path}/snapshots", {"name": name})

    def snapshots(self) -> list[str]:
        """The names of the snapshots, oldest first."""
        kept = self._control.send("GET", f"{self._path}/snapshots")["snapshots"]
        return [snapshot["name"] for snapshot in kept]

    def restore(self, name: str) -> None:
        """Put the world back to a snapshot."""
        self._facts = self._control.send("POST", f"{self._path}/snapshots/{quote(name, safe='')}/restore")

    def delete(self) -> None:
        """Remove the world from the server."""
        self._control.send("DELETE", self._path)

    def _door(self, vendor: str) -> Mapping[str, Any]:
        doors: Mapping[str, Mapping[str, Any]] = self._facts["vendors"]
        if vendor not in doors:
            raise ControlError(
                "unknown_vendor", f"no vendor is named {vendor!r}; there are: {', '.join(doors)}"
            )
        return doors[vendor]

    def _pages(self, **filters: object) -> Iterator[dict[str, Any]]:
        wishes = {name: _word(value) for name, value in filters.items() if value is not None}
        while True:
            page = self._control.send("GET", f"{self._path}/journal?{urlencode({**wishes, 'limit': 1000})}")
            yield from page["exchanges"]
            if page["next"] is None:
                return
            wishes["after"] = page["next"]


class Clock:
    """The clock of one world: real, shifted or frozen. What falls due when it moves is done at once."""

    def __init__(self, control: Control, path: str) -> None:
        self._control = control
        self._path = path

    def read(self) -> Tick:
        """What the clock reads, and whether it is real, shifted or frozen."""
        return _tick(self._control.send("GET", self._path))

    def now(self) -> datetime:
        """What time it is in the world."""
        return self.read().now

    def advance(self, **duration: float) -> Tick:
        """Move forward by so much, in the words of `timedelta`: `advance(hours=2, minutes=30)`."""
        return self.change(advance=timedelta(**duration).total_seconds())

    def set(self, when: datetime | str) -> Tick:
        """Make it this time; a running clock goes on from there."""
        return self.change(now=_moment(when))

    def freeze(self, at: datetime | str | None = None) -> Tick:
        """Let time stand still, now or at a moment."""
        return self.change(frozen=True) if at is None else self.change(frozen=True, now=_moment(at))

    def unfreeze(self) -> Tick:
        """Let time go on from where it stands."""
        return self.change(frozen=False)

    def change(self, **change: object) -> Tick:
        """One PUT of the clock: any of `now`, `advance` (seconds, after `now`) and `frozen`."""
        return _tick(self._control.send("PUT", self._path, change))


def _tick(reply: Mapping[str, Any]) -> Tick:
    return Tick(datetime.fromisoformat(reply["now"]), reply["mode"], reply["jobs_run"])


def _moment(when: datetime | str) -> str:
    if isinstance(when, str):
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone; write datetime(…, tzinfo=UTC)")
    return when.isoformat()


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
