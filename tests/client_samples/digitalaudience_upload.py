"""The weekly upload of a customer list: a CRM audience of hashes, activated on an advertising platform."""

import csv
import hashlib
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

Json = dict[str, Any]
Signer = Callable[[str], str]
"""Signs the upload of a file: the URL to PUT it at."""


class AudienceUpload:
    """Create an audience, drop its file, wait until it is ready, activate it."""

    column = "email_sha256"
    poll_seconds = 600.0

    def __init__(self, url: str, user: str, password: str, sign: Signer) -> None:
        self.url, self.user, self.password, self.sign = url, user, password, sign
        self.session = requests.Session()
        self.session.headers["Content-Type"] = "application/json"

    def run(self, name: str, campaign: str, account: str, emails: list[str]) -> int:
        self.log_in()
        (campaign_id,) = (
            one["id"] for one in self.call("GET", "/campaign/loadcampaigns") if one["name"] == campaign
        )
        audience = self.call(
            "POST", "/audience/createcrmaudience", json={"name": name, "campaignId": campaign_id}
        )["id"]
        self.drop(audience, emails)
        self.wait(audience)
        return self.activate(audience, name, account)

    def log_in(self) -> None:
        body = {"userName": self.user, "password": self.password}
        self.session.post(f"{self.url}/account/login", json=body, timeout=10).raise_for_status()

    def drop(self, audience: int, emails: list[str]) -> None:
        file = io.StringIO()
        rows = csv.writer(file, lineterminator="\r\n")
        rows.writerows([[self.column], *([self.identifier(email)] for email in emails)])
        moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
        target = self.sign(f"onboard/audience={audience}/opt-in/{moment}.csv")
        headers = {"Content-Type": "text/csv"}
        requests.put(target, file.getvalue().encode(), headers=headers, timeout=60).raise_for_status()

    def identifier(self, email: str) -> str:
        return hashlib.sha256(email.strip().lower().encode()).hexdigest()

    def wait(self, audience: int) -> None:
        """Wait until the file is processed: documented as by the next day."""
        waited = 0.0
        while waited < 86_400:
            time.sleep(self.poll_seconds)
            waited += self.poll_seconds
            state = self.call("GET", f"/audience/loadaudiencebyid/{audience}")["audienceState"]
            if state == "READY":
                return
            if state == "FAILED":
                raise RuntimeError("the file is not usable")
        raise TimeoutError("the file is not processed within a day")

    def activate(self, audience: int, name: str, account: str) -> int:
        accounts = self.call("GET", "/organisation/loadplatformaccounts")
        (account_id,) = (one["id"] for one in accounts if one["name"] == account)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        body = {
            "audienceId": audience,
            "accountId": account_id,
            "name": name,
            "description": "",
            "startDate": today.isoformat(),
            "endDate": (today + timedelta(days=90)).isoformat(),
        }
        return int(self.call("POST", "/audience/activate", json=body)["segmentId"])

    def call(self, method: str, path: str, **options: Any) -> Any:
        reply = self.session.request(method, self.url + path, timeout=10, **options)
        if reply.status_code == 401:  # the session has expired
            self.log_in()
            reply = self.session.request(method, self.url + path, timeout=10, **options)
        reply.raise_for_status()
        answer = reply.json()
        if not answer["success"]:
            raise RuntimeError(answer["status"]["message"])
        return answer["data"]


class LogsInForEveryCall(AudienceUpload):
    """Logs in before each call, to be on the safe side."""

    def call(self, method: str, path: str, **options: Any) -> Any:
        self.log_in()
        return super().call(method, path, **options)


class PlainEmail(AudienceUpload):
    """Uploads the addresses as they are."""

    column = "email"

    def identifier(self, email: str) -> str:
        return email


class HashesAsTyped(AudienceUpload):
    """Hashes the addresses with the capitals and blanks that people have typed."""

    def identifier(self, email: str) -> str:
        return hashlib.sha256(email.encode()).hexdigest()


class HotPolling(AudienceUpload):
    """Asks every half a minute for a file that takes more than an hour."""

    poll_seconds = 30.0
