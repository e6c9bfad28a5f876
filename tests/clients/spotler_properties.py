"""Reads the properties of contacts from Spotler."""

import requests
from requests_oauthlib import OAuth1

from mockserver.client import World


class SpotlerProperties:
    """The careful client: signs in the header."""

    signature_type = "AUTH_HEADER"

    def __init__(self, world: World) -> None:
        self.url = world.url("spotler") + "/integrationservice/contact/properties/list"
        own = world.credentials("spotler")
        self.signed = OAuth1(own["consumer_key"], own["consumer_secret"], signature_type=self.signature_type)

    def run(self) -> None:
        """Reads them once."""
        requests.get(self.url, auth=self.signed, timeout=10).raise_for_status()


class SignsInQuery(SpotlerProperties):
    """Signs in the URL."""

    signature_type = "QUERY"
