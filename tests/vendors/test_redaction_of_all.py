"""The redaction that all vendors share: every vendor's names, common names, and the default credentials."""

import pytest

from mockserver.state.credentials import default_world_credentials
from mockserver.vendors import Vendors


def test_it_knows_the_names_of_every_vendor_and_common_ones() -> None:
    redaction = Vendors().redaction
    names = ("sessionid", "oauth_signature", "apikey", "private_key", "client_secret")
    shown = {name: redaction.query(f"{name}=hidden-1") for name in names}
    assert [name for name, query in shown.items() if "hidden-1" in query] == []


def test_it_knows_the_values_of_the_default_world() -> None:
    vendors = Vendors()
    values = {name: tuple(default_world_credentials()[name].values()) for name in vendors}
    secrets = [
        "sk_test_mockserver",
        "5eed0000-0000-4000-8000-000000000001",
        "mockserver-secret",
        "PRK-mockserver",
    ]
    assert set(secrets) <= {value for found in values.values() for value in found}
    for secret in secrets:
        assert secret not in vendors.redaction.text(f"seen in a text: {secret}.")


@pytest.mark.parametrize("chosen", ["ortto", "fanfare"])
def test_of_a_vendor_that_is_not_served_the_values_are_no_secrets(chosen: str) -> None:
    text = "PRK-mockserver 5eed0000-0000-4000-8000-000000000001"
    shown = Vendors((chosen,)).redaction.text(text)
    assert ("PRK-mockserver" not in shown) is (chosen == "ortto")
