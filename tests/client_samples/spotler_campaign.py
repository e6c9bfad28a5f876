"""The campaign mailer of a shop: starts a campaign, reports opt-outs, deletes last season's audience."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
from oauthlib.oauth1 import Client as Signer

Json = dict[str, Any]


class SpotlerAuth(httpx.Auth):
    """Signs each call with OAuth 1.0a."""

    def __init__(self, key: str, secret: str) -> None:
        self.key, self.secret = key, secret

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        signer = Signer(self.key, self.secret, timestamp=str(int(time.time())))
        _, headers, _ = signer.sign(str(request.url), request.method)  # type: ignore[arg-type]
        request.headers["Authorization"] = headers["Authorization"]
        yield request


class CampaignMailer:
    """Start the campaign, report, clean up."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.client = httpx.Client(
            base_url=f"{url}/integrationservice",
            auth=SpotlerAuth(key, secret),
            headers={"Accept": "application/json"},
            timeout=10,
        )

    def run(self, campaign: str, customers: list[str], old: str) -> Json:
        with self.client:
            contacts = {one["externalId"]: one for one in self.updates()}
            mailed = self.mail(campaign, [contacts[one] for one in customers if one in contacts])
            gone = [number for number, one in contacts.items() if self.has_opted_out(one)]
            return {"mailed": mailed, "opted_out": len(gone), "deleted": self.delete(old)}

    def mail(self, campaign: str, customers: list[Json]) -> int:
        campaigns = self.client.get("/campaign/list").raise_for_status().json()
        (triggers,) = (one["triggers"] for one in campaigns if one["name"] == campaign)
        allowed = [one["externalId"] for one in customers if self.may_mail(one)]
        for customer in allowed:
            path = f"/campaign/trigger/{triggers[0]['encryptedId']}"
            self.client.post(path, json={"externalContactId": customer}).raise_for_status()
        return len(allowed)

    def may_mail(self, contact: Json) -> bool:
        agreed = any(one["bit"] == 1 and one["enabled"] for one in contact["properties"]["permissions"])
        return agreed and not self.has_opted_out(contact)

    def has_opted_out(self, contact: Json) -> bool:
        return not any(one["name"] == "EMAIL" and one["value"] for one in contact["channels"])

    def updates(self) -> Iterator[Json]:
        query: Json = {"fromDate": "2000-01-01", "toDate": "2100-01-01", "pageSize": 1000}
        while True:
            page = self.client.get("/contact/updates/list", params=query).raise_for_status().json()
            yield from page["contacts"]
            if self.is_last(page):
                return
            query["after"] = page["paging"]["after"]

    def is_last(self, page: Json) -> bool:
        return not page["paging"]["next"]

    def delete(self, audience: str) -> bool:
        """Delete an audience that exists and has not been synced lately; one that is in use stays."""
        reply = self.client.get(f"/audience/{audience}")
        if reply.status_code == 404 or not self.is_old(reply.json()):
            return False
        return self.client.delete(f"/audience/{audience}").status_code == 204

    def is_old(self, audience: Json) -> bool:
        return bool((audience["lastSyncDate"] or 0) < (time.time() - 7 * 86_400) * 1000)


class MailsEverybody(CampaignMailer):
    """Mails the whole list, without asking who has agreed to it."""

    def may_mail(self, contact: Json) -> bool:
        return True


class FirstPageOnly(CampaignMailer):
    """Takes a thousand for all."""

    def is_last(self, page: Json) -> bool:
        return True


class AsksBeyondTheEnd(CampaignMailer):
    """Reads until a page is empty, though each page says whether there is a next one."""

    def is_last(self, page: Json) -> bool:
        return not page["contacts"]


class DeletesUnchecked(CampaignMailer):
    """Empties an audience and deletes it, without a look at whether it is still in use."""

    def delete(self, audience: str) -> bool:
        self.client.request("DELETE", f"/audience/{audience}/contact")
        return self.client.delete(f"/audience/{audience}").status_code == 204
