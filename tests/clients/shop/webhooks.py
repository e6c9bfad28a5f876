"""A service that Voyado's webhooks call: each event names a contact, whose state it keeps in a table."""

import time
from typing import Any

import httpx

Json = dict[str, Any]


class HandlerError(Exception):
    """The event could not be handled; its sender delivers it again."""


class Webhooks:
    """Handles events one at a time, as they come."""

    def __init__(self, url: str, apikey: str) -> None:
        headers = {"apikey": apikey, "User-Agent": "shop-webhooks/1.9"}
        timeout = httpx.Timeout(10, connect=3)
        self.client = httpx.Client(base_url=f"{url}/api/v3", headers=headers, timeout=timeout)
        self.table: dict[str, Json] = {}
        self.done: set[str] = set()

    def handle(self, event: Json) -> None:
        """An event that is delivered twice is handled once."""
        if event["id"] in self.done:
            return
        if event["type"] == "signup":
            self.sign_up(event)
        else:
            self.refresh(event["contactId"])
        self.done.add(event["id"])

    def refresh(self, contact: str) -> None:
        reply = self.send("GET", f"/contacts/{contact}")
        if reply.status_code == 404:
            self.table.pop(contact, None)
            return
        found = self.checked(reply).json()
        self.table[contact] = {
            "email": found["attributes"]["email"],
            "mail": found["preferences"]["acceptsEmail"],
        }

    def sign_up(self, event: Json) -> None:
        """The visitor has ticked one box or both; a contact that is there already is left as it is."""
        if self.find(event["email"]) is not None:
            return
        body = {
            "email": event["email"],
            "firstName": event["name"],
            "countryCode": "SE",
            "preferences": {
                "acceptsEmail": event["mail"],
                "acceptsSms": event["sms"],
                "acceptsPostal": False,
            },
        }
        for attempt in range(3):
            try:
                reply = self.client.post("/contacts", json=body)
            except httpx.TransportError:
                reply = None
            if (
                reply is not None
                and reply.status_code < 429
                and (reply.is_success or reply.status_code == 409)
            ):
                return
            if reply is not None and 400 <= reply.status_code < 429:
                raise HandlerError(f"{reply.status_code}: {reply.text[:100]}")
            self.pause(attempt, reply)
            if self.find(event["email"]) is not None:  # the lost call has created it
                return
        raise HandlerError("Voyado does not answer")

    def find(self, email: str) -> str | None:
        reply = self.send("GET", "/contacts/id", params={"email": email, "contactType": "Member"})
        return None if reply.status_code == 404 else str(self.checked(reply).json())

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        for attempt in range(4):
            try:
                reply = self.client.request(method, path, **options)
            except httpx.TransportError:
                self.pause(attempt, None)
                continue
            if reply.status_code != 429 and reply.status_code < 500:
                return reply
            self.pause(attempt, reply)
        raise HandlerError("Voyado does not answer")

    def pause(self, attempt: int, reply: httpx.Response | None) -> None:
        asked = reply.headers.get("Retry-After") if reply is not None else None
        time.sleep(float(asked) + 1 if asked else 2.0 * 3**attempt)

    def checked(self, reply: httpx.Response) -> httpx.Response:
        if not reply.is_success:
            raise HandlerError(f"{reply.status_code}: {reply.text[:100]}")
        try:
            reply.json()
        except ValueError as error:
            raise HandlerError("not JSON") from error
        return reply
