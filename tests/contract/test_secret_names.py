"""Names of secrets are recognized in any spelling; other names are not taken for them."""

import pytest

from mockserver import vendors
from mockserver.contract.secret_names import SecretNames

NAMES = SecretNames({"x-api-key", "password", "pin"}, ("oauth_",), ("token",))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "X-API-Key",
            "x_api_key",
            "xApiKey",
            "XAPIKEY",
            "x.api.key",
            "x%2Dapi%2Dkey",
        ),  # separators and case
        *("pasword", "passsword", "passward", "apssword", "passwords"),  # errors
        *("PIN", "oauth_signature", "OAuth-Nonce", "sessionToken", "token_2"),
    ],
)
def test_secret_names(name: str) -> None:
    assert name in NAMES
    assert name in NAMES  # the second time from memory
    assert name not in NAMES.plain


@pytest.mark.parametrize("name", ["pins", "pan", "word", "x-api", "key", "pass", "auth", "", "p" * 65, "é"])
def test_other_names(name: str) -> None:
    assert name not in NAMES


@pytest.mark.parametrize("name", ["oautshignature", "oauth_signatrue", "ouath_token", "X-Amz-Siganture"])
def test_misspelt_names_of_signed_calls(name: str) -> None:
    """With an error the start that tells them, or the word in them, is not there any more."""
    assert vendors.Vendors().redaction.is_secret("body", f"/{name}")


def test_the_memory_is_bounded() -> None:
    names = SecretNames({"password"})
    for number in range(10_000):
        assert f"field{number}" not in names
    assert len(names.plain) <= 4096
    assert "password" in names


def test_no_field_of_a_contract_is_taken_for_a_secret_by_accident() -> None:
    served = vendors.Vendors()
    found = {
        name
        for vendor in served.values()
        for operation in vendor.contract.operations.values()
        for parameter in operation.parameters
        if (name := parameter.name) and served.redaction.is_secret("query", f"/{name}")
    }
    schemas = [vendor.contract.document.root["components"]["schemas"] for vendor in served.values()]
    members = {name for schema in schemas for one in schema.values() for name in one.get("properties", ())}
    found |= {name for name in members if served.redaction.is_secret("body", f"/{name}")}
    named = {"X-Amz-Credential", "X-Amz-Signature", "accessToken", "apiKey", "password", "secret"}
    assert found == named
