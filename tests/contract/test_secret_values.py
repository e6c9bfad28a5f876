"""Values that the server issues are recognized by their form, in any escaping."""

import json
from urllib.parse import quote

import pytest

from mockserver.contract.secret_values import SecretValues
from mockserver.formats.secret_mark import mark

VALUES = SecretValues(
    ["sk_live_", "PRK-"], ["5eed0000-0000-4000-8000-000000000001", "mockserver", "a-long-secret"]
)
HEX = mark("0123456789abcdef0123456789abcdef")
UUID = mark("01234567-89ab-4def-8123-456789abcdef")


def test_marked_digits_keep_their_form() -> None:
    assert HEX == "5eed5eed89abcdef0123456789abcdef"
    assert UUID == "5eed5eed-89ab-4def-8123-456789abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (HEX, "…"),
        (f"a {HEX}, sk_test_{HEX}; {UUID}", "a …, …; …"),
        (f"({HEX}@mockserver.test)", "(…)"),
        (f"{HEX}{HEX}", "…"),
        ("x" * 100 + HEX, "x" * 36 + "…"),
        ("sk_live_abcd PRK-abcd PRK-a risk_live_abcd", "… … PRK-a risk_live_abcd"),
        ("5eed0000-0000-4000-8000-000000000001!", "…!"),
        ("mockserver and a-long-secret", "mockserver and …"),
        (quote(f"a {HEX}"), "a%…"),
        ("".join(f"%{ord(one):02x}" for one in HEX), "…"),
        (json.dumps(HEX).replace("5", "\\u0035"), "…"),
        (HEX.replace("e", "&#101;"), "…"),
        (HEX.replace("e", "%2565"), "…"),
        (HEX.replace("e", "%252565"), "…"),
        (HEX.replace("e", "\\x65"), "…"),
        (HEX.replace("e", "%u0065"), "…"),
        (HEX.replace("e", "%25u0065"), "…"),
        (HEX.replace("e", "&#92;x65"), "…"),
        ("100% of &#101; \\u0035", "100% of &#101; \\u0035"),
        ("", ""),
    ],
)
def test_values_in_texts(text: str, shown: str) -> None:
    assert VALUES.redact(text) == shown


def test_no_prefixes() -> None:
    assert SecretValues().redact("sk_live_abcd") == "sk_live_abcd"
