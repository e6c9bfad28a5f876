"""The erasure job of a privacy office: takes people out of audiences, deletes audiences nobody uses."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

Json = dict[str, Any]
Signer = Callable[[str], str]


class Erasure:
    """Opt people out by their phone numbers, then delete the audiences that the office has listed."""

    column = "phone_sha256"

    def __init__(self, url: str, user: str, password: str, sign: Signer) -> None:
        self.url, self.user, self.password, self.sign = url, user, password, sign
        self.session = requests.Session()
        self.session.headers["Content-Type"] = "application/json"

    def run(self, phones: list[str], listed: list[int]) -> Json:
        self.log_in()
        audiences = self.audiences()
        for audience in audiences:
            if audience["audienceState"] == "READY" and audience["id"] not in listed:
                self.opt_out(audience["id"], phones)
        doomed = [one for one in audiences if one["id"] in listed]
        deleted = [one["id"] for one in doomed if self.may_delete(one)]
        for one in deleted:
            self.call("DELETE", "/audience/delete", params={"audienceId": one})
        return {"deleted": deleted, "kept": [one["id"] for one in doomed if one["id"] not in deleted]}

    def log_in(self) -> None:
        body = {"userName": self.user, "password": self.password}
        query = self.login_query()
        self.session.post(f"{self.url}/account/login", json=body, params=query, timeout=10).raise_for_status()

    def login_query(self) -> Json:
        return {}

    def audiences(self) -> list[Json]:
        return list(self.call("GET", "/audience/loadaudiences"))

    def opt_out(self, audience: int, phones: list[str]) -> None:
        rows = [self.column, *(self.identifier(phone) for phone in phones)]
        moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
        target = self.sign(f"onboard/audience={audience}/opt-out/{moment}.csv")
        content = "".join(f"{row}\r\n" for row in rows).encode()
        requests.put(target, content, headers={"Content-Type": "text/csv"}, timeout=60).raise_for_status()

    def identifier(self, phone: str) -> str:
        return hashlib.sha256(re.sub(r"\D", "", phone).encode()).hexdigest()

    def may_delete(self, audience: Json) -> bool:
        """A deletion takes the segments along: not while one of them still runs."""
        if not audience["hasSegments"]:
            return True
        segments = self.call("GET", f"/segment/loadsegmentsbyaudienceid/{audience['id']}")
        return not any(segment["active"] for segment in segments)

    def call(self, method: str, path: str, **options: Any) -> Any:
        reply = self.session.request(method, self.url + path, timeout=10, **options)
        reply.raise_for_status()
        answer = reply.json()
        if not answer["success"]:
            raise RuntimeError(answer["status"]["message"])
        return answer["data"]


class LoadsEach(Erasure):
    """Loads the list, and then each of its audiences again by itself."""

    def audiences(self) -> list[Json]:
        ids = [one["id"] for one in self.call("GET", "/audience/loadaudiences")]
        return [self.call("GET", f"/audience/loadaudiencebyid/{one}") for one in ids]


class DeletesUnchecked(Erasure):
    """Deletes what is on the list, active or not."""

    def may_delete(self, audience: Json) -> bool:
        return True


class PasswordInQuery(Erasure):
    """Passes the login as parameters, besides the body."""

    def login_query(self) -> Json:
        return {"userName": self.user, "password": self.password}


class PlainPhone(Erasure):
    """Sends the phone numbers of those who want to be forgotten as they are."""

    column = "phone"

    def identifier(self, phone: str) -> str:
        return phone
