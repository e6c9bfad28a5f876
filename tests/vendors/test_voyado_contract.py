"""Voyado: formats and attributes that both the contract and the code define."""

import re

from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.vendors.voyado import contact_logic, identifier_logic


def test_contract_and_code_agree_on_formats_and_attributes() -> None:
    schemas = yaml_loader.read(contracts() / "voyado" / "openapi.yaml")["components"]["schemas"]
    address = schemas["EmailAddress"]
    assert address["pattern"] == f"^{identifier_logic.EMAIL.pattern}$"
    assert address["maxLength"] == identifier_logic.MAX_EMAIL_LENGTH
    writable = set(schemas["WritableContact"]["properties"])
    others = {"socialSecurityNumber", "createdInStore", "preferences", "consents"}
    assert writable == {*contact_logic.TEXT_ATTRIBUTES, *contact_logic.FORMATTED_ATTRIBUTES, *others}
    number = re.compile(schemas["SocialSecurityNumber"]["pattern"])
    for text in ("198506059738", "850605-9738", "200101+9807", "131052-308T", "010101A900R"):
        assert number.search(text)
