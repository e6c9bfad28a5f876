"""The newsletter form of a web shop: looks a visitor up in Voyado, and signs up who is not there yet."""

import time
from typing import Any

import httpx

Json = dict[str, Any]


class SignUp:
    """One form that was sent in: find the contact, else create it with what the visitor has agreed to."""

    def __init__(self, url: str, apikey: str) -> None:
        self.apikey = apikey
        headers = {"apikey": apikey, "User-Agent": "NorthShop/3.2"}
        self.client = httpx.Client(base_url=f"{url}/api/v3", headers=headers, timeout=10)

    def run(self, forms: list[Json]) -> list[str]:
        """The ids of the contacts. A visitor who has not ticked the box for e-mail is not stored."""
        with self.client:
            return [self.sign_up(form) for form in forms if self.may_store(form)]

    def may_store(self, form: Json) -> bool:
        return bool(form["agreed"])

    def sign_up(self, form: Json) -> str:
        return self.find(form["email"]) or self.create(form)

    def find(self, email: str) -> str | None:
        query = self.query({"email": email, "contactType": "Member"})
        reply = self.client.get("/contacts/id", params=query)
        if reply.status_code == 404:
            return None
        return str(reply.raise_for_status().json())

    def create(self, form: Json) -> str:
        """Create the contact; after a lost answer, look whether it is there."""
        for pause in (10, 30, 60):
            try:
                return self.post(form)
            except httpx.TransportError:
                time.sleep(pause)
                found = self.find(form["email"])
                if found is not None:
                    return found
        raise RuntimeError("Voyado cannot be reached")

    def post(self, form: Json) -> str:
        query = self.query({"source": "e-com"})
        reply = self.client.post("/contacts", params=query, json=self.body(form)).raise_for_status()
        return str(reply.json()["id"])

    def body(self, form: Json) -> Json:
        return {
            "firstName": form["name"],
            "email": form["email"],
            "countryCode": "SE",
            "preferences": {"acceptsEmail": True, "acceptsSms": False, "acceptsPostal": False},
            "consents": [{"id": "memberTerms", "value": True, "source": "newsletter form"}],
        }

    def query(self, parameters: Json) -> Json:
        return parameters


class NoUserAgent(SignUp):
    """Removes the library's User-Agent, and sends none of its own."""

    def __init__(self, url: str, apikey: str) -> None:
        super().__init__(url, apikey)
        del self.client.headers["User-Agent"]


class WithoutConsent(SignUp):
    """Stores everybody who sends the form in, and does not pass on what was agreed to."""

    def may_store(self, form: Json) -> bool:
        return True

    def body(self, form: Json) -> Json:
        return {"firstName": form["name"], "email": form["email"], "countryCode": "SE"}


class BlindCreateRetry(SignUp):
    """Sends the create again when its answer is lost, and takes the conflict for a success."""

    def create(self, form: Json) -> str:
        for pause in (10, 30, 60):
            try:
                return self.post(form)
            except httpx.TransportError:
                time.sleep(pause)
            except httpx.HTTPStatusError as error:
                if error.response.status_code != 409:
                    raise
                return "known"
        raise RuntimeError("Voyado cannot be reached")


class KeyInQuery(SignUp):
    """Adds the API key to every query, too."""

    def query(self, parameters: Json) -> Json:
        return {**parameters, "apikey": self.apikey}
