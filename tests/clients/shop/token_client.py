"""A service for DigitalAudience's audiences, all day long: one session, renewed when the vendor ends it."""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

Json = dict[str, Any]


class VendorError(Exception):
    """DigitalAudience does not do what it is asked for."""


class TokenClient:
    """Opt-outs as they come, and once an hour a look at the segments that end soon."""

    def __init__(self, url: str, user: str, password: str, sign: Callable[[str], str]) -> None:
        self.url, self.user, self.password, self.sign = url, user, password, sign
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "shop-audiences/0.8"
        self.is_in = False

    def watch(self, hours: int) -> list[int]:
        """The segments whose end was moved."""
        moved: list[int] = []
        for _hour in range(hours):
            for audience in self.call("GET", "/audience/loadaudiences"):
                for segment in self.call("GET", f"/segment/loadsegmentsbyaudienceid/{audience['id']}"):
                    if self.ends_soon(segment) and segment["id"] not in moved:
                        end = (datetime.now(UTC) + timedelta(days=90)).isoformat()
                        self.call(
                            "POST", "/segment/extendenddate", json={"id": segment["id"], "endDate": end}
                        )
                        moved.append(segment["id"])
            time.sleep(3600)
        return moved

    def ends_soon(self, segment: Json) -> bool:
        end = datetime.fromisoformat(segment["endDate"])
        end = end if end.tzinfo else end.replace(tzinfo=UTC)
        return datetime.now(UTC) < end < datetime.now(UTC) + timedelta(days=7)

    def opt_out(self, audience: int, emails: list[str]) -> None:
        """Drop a file of hashes, and see that it is taken."""
        rows = [hashlib.sha256(one.strip().lower().encode()).hexdigest() for one in emails]
        content = "\r\n".join(["email_sha256", *rows, ""]).encode()
        moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
        target = self.sign(f"onboard/audience={audience}/opt-out/{moment}.csv")
        for attempt in range(3):
            try:
                requests.put(
                    target, data=content, headers={"Content-Type": "text/csv"}, timeout=(3, 60)
                ).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(10 * 2**attempt)
        else:
            raise VendorError("the file cannot be dropped")
        for _attempt in range(48):
            time.sleep(1800)
            state = self.call("GET", f"/audience/loadaudiencebyid/{audience}")["audienceState"]
            if state in ("READY", "FAILED"):
                break
        if state != "READY":
            raise VendorError(f"the file is {state}")

    def log_in(self) -> None:
        body = {"userName": self.user, "password": self.password}
        reply = self.session.post(f"{self.url}/account/login", json=body, timeout=(3, 20))
        if reply.status_code != 200 or not reply.json().get("success"):
            raise VendorError("the login is refused")
        self.is_in = True

    def call(self, method: str, path: str, **options: Any) -> Any:
        for attempt in range(4):
            try:
                if not self.is_in:
                    self.log_in()
                reply = self.session.request(method, self.url + path, timeout=(3, 20), **options)
                if reply.status_code == 401:
                    self.is_in = False
                    if attempt:
                        raise VendorError("the session is refused again")
                    continue
                if reply.status_code < 500 and reply.status_code != 429:
                    answer = reply.json()
                    if reply.ok and answer["success"]:
                        return answer["data"]
                    raise VendorError(f"{path}: {answer['status']['message']}")
                asked = reply.headers.get("Retry-After")
            except (requests.RequestException, ValueError):
                asked = None
            time.sleep(float(asked) + 1 if asked else 5 * 3**attempt)
        raise VendorError(f"{path}: no answer")
