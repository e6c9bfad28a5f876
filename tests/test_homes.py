"""Where vendors are: shipped ones, those of installed packages, and those of the vendor path."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from mockserver import app, cli, vendors
from mockserver.errors import InvalidScenarioError, InvalidVendorError, UnknownVendorError
from mockserver.homes import homes
from mockserver.state.credentials import default_world_credentials
from mockserver.state.scenario import load_scenario, parse_scenario, scenario_names
from tests.outsiders import import_path, install, make_package

SHIPPED = [*homes().found]


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    with import_path():
        yield


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder on the vendor path with the package of the vendor acme."""
    make_package(tmp_path / "named", "acme")
    monkeypatch.setenv("MOCKSERVER_VENDOR_PATH", str(tmp_path / "named"))
    return tmp_path / "named"


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Path]:
    """A folder of installed packages, with that of the vendor acme."""
    make_package(tmp_path / "installed", "acme")
    install(tmp_path / "installed", "acme-fake", acme="mockserver_acme")
    with import_path(tmp_path / "installed"):
        yield tmp_path / "installed"


def refusal(name: str) -> str:
    """Why the vendor cannot be served."""
    with pytest.raises(InvalidVendorError) as caught:
        vendors.Vendors((name,))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def served() -> list[str]:
    """The vendors that an application serves; those from outside have loaded."""
    return sorted(vendors.Vendors())


def test_shipped_vendors_have_homes_like_any_other() -> None:
    assert len(SHIPPED) == 5
    for name, home in homes().found.items():
        assert vendors.load(home).name == home.name == name
        assert home.code == Path(vendors.__file__).parent / name


def test_vendor_of_a_package_is_served_beside_the_shipped_ones(installed: Path) -> None:
    serving = app.create_app(people=0).context
    assert sorted(serving.vendors) == served() == sorted([*SHIPPED, "acme"])
    assert serving.vendors["acme"].contract.name == "acme/openapi.yaml"


@pytest.mark.parametrize("place", [".", "mockserver_acme", ".."])
def test_vendor_path_finds_a_package_or_what_has_one(
    named: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "..":
        (named / "src").mkdir()
        (named / "mockserver_acme").rename(named / "src" / "mockserver_acme")
        place = "."
    monkeypatch.setenv("MOCKSERVER_VENDOR_PATH", str(named / place))
    assert served() == sorted([*SHIPPED, "acme"])


def test_one_package_named_twice_is_one_vendor(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_VENDOR_PATH", os.pathsep.join([str(installed)] * 2))
    assert served() == sorted([*SHIPPED, "acme"])


def test_application_brings_vendors_until_it_closes(tmp_path: Path) -> None:
    make_package(tmp_path / "one", "acme")
    make_package(tmp_path / "two", "other")
    first = app.create_app(people=0, vendor_path=[tmp_path / "one"])
    second = app.create_app(people=0, vendor_path=[str(tmp_path / "one"), tmp_path / "two"])
    assert sorted(first.context.vendors) == sorted([*SHIPPED, "acme"])
    assert sorted(second.context.vendors) == sorted([*SHIPPED, "acme", "other"])
    first.close()  # the second still needs the folder that both have named
    assert served() == sorted([*SHIPPED, "acme", "other"])
    reply = Client(second).get("/_mock/worlds/default").get_json()
    assert reply["vendors"]["acme"]["credentials"] == {"api_key": "acme-mockserver"}
    second.close()
    assert served() == SHIPPED


def test_control_api_has_vendors_of_any_name(tmp_path: Path) -> None:
    make_package(tmp_path, "acme_mail_2")
    with closing(app.create_app(vendor_path=[tmp_path], vendors=("acme_mail_2",), people=0)) as brought:
        http = Client(brought)
        for path in ("/vendors", "/worlds", "/worlds/default", "/worlds/default/jobs?vendor=acme_mail_2"):
            reply = http.get(f"/_mock{path}")
            assert reply.status_code == 200, reply.text


def test_failed_application_leaves_the_vendor_path_alone(tmp_path: Path) -> None:
    make_package(tmp_path / "acme", "acme")
    with pytest.raises(UnknownVendorError):
        app.create_app(vendors=("nope",), vendor_path=[tmp_path / "acme"])
    assert served() == SHIPPED
    with pytest.raises(TypeError, match="pass a list of paths"):
        app.create_app(vendor_path=str(tmp_path / "acme"))


def test_application_reads_scenario_and_overlays_of_a_vendor_that_it_brings(tmp_path: Path) -> None:
    make_package(tmp_path / "acme", "acme")
    scenario, overlay = tmp_path / "ours.yaml", tmp_path / "acme.yaml"
    scenario.write_text("vendors: {acme: {}}\nseed: 7\npeople: 3\n")
    changed = "{target: $.info, update: {title: Our Acme}}"
    overlay.write_text(f"overlay: 1.0.0\ninfo: {{title: Ours, version: 1.0.0}}\nactions: [{changed}]\n")
    opened = app.create_app(scenario, overlays=[overlay], vendor_path=[tmp_path / "acme"])
    assert opened.context.vendors["acme"].contract.document.root["info"]["title"] == "Our Acme"
    assert Client(opened).get("/_mock/worlds/default").get_json()["seed"] == 7
    opened.close()


def test_default_credentials_come_from_the_package(installed: Path) -> None:
    own = {"acme": {"api_key": "acme-mockserver"}}
    assert default_world_credentials(["acme"]) == own
    assert default_world_credentials().items() > own.items()


def test_two_packages_of_one_vendor_refuse_it_alone(installed: Path, tmp_path: Path) -> None:
    make_package(tmp_path / "second", "acme", "mockserver_other")
    install(tmp_path / "second", "other-fake", acme="mockserver_other")
    with import_path(tmp_path / "second"):
        assert served() == SHIPPED
        assert refusal("acme") == (
            "vendor acme: the package acme-fake and the package other-fake bring it both; remove one of them"
        )


def test_package_cannot_replace_a_shipped_vendor(installed: Path) -> None:
    name = SHIPPED[0]
    (installed / "mockserver_acme" / "contracts" / "acme").rename(
        installed / "mockserver_acme" / "contracts" / name
    )
    install(installed, "thief", **{name: "mockserver_acme"})
    left_out = [str(one) for one in vendors.Vendors().left_out]
    assert any(
        one.startswith(f"vendor {name} of the package thief: the server has a vendor of this name; ")
        for one in left_out
    )
    assert vendors.find(name).contract.document.root["info"]["title"] != "Acme API"


@pytest.mark.parametrize(
    ("point", "value", "reason"),
    [
        ("no_such", "mockserver_nothing", "mockserver_nothing is not an installed package"),
        (
            "no_such",
            "no_package.at_all",
            "no_package.at_all cannot be imported (ModuleNotFoundError: No",
        ),
        ("no_such", "mockserver_acme", "mockserver_acme has no contracts/no_such/openapi.yaml; add"),
    ],
)
def test_entry_point_without_a_vendor_is_left_out(
    installed: Path, point: str, value: str, reason: str
) -> None:
    install(installed, "broken", **{point: value})
    assert served() == sorted([*SHIPPED, "acme"])
    assert f"vendor {point} of the package broken: {reason}" in refusal(point)


@pytest.mark.parametrize("name", ["Acme", "acme__mail", "control", "w", "7up"])
def test_names_are_checked(installed: Path, name: str) -> None:
    contracts = installed / "mockserver_acme" / "contracts"
    (contracts / "acme").rename(contracts / name)
    install(installed, "odd", **{name: "mockserver_acme"})
    assert f"vendor {name} of the package odd: the name is not valid; use a letter, then" in refusal(name)


def break_import(package: Path) -> None:
    (package / "audiences.py").write_text("import nothing_of_this_name\n")


def break_contract(package: Path) -> None:
    (package / "contracts" / "acme" / "openapi.yaml").write_text("openapi: 3.1.0\nx-nonsense: 1\n")


def break_yaml(package: Path) -> None:
    (package / "contracts" / "acme" / "openapi.yaml").write_text("openapi: [\n")


def break_handlers(package: Path) -> None:
    (package / "__init__.py").write_text("operations = ()\n")


def break_backstage(package: Path) -> None:
    (package / "backstage.py").unlink()


def break_collections(package: Path) -> None:
    (package / "contracts" / "acme" / "collections.yaml").write_text("nothing: {}\n")


def break_schema(package: Path) -> None:
    (package / "fixtures" / "scenario.schema.yaml").write_text("type: 5\n")


def break_credentials(package: Path) -> None:
    (package / "fixtures" / "credentials.yaml").write_text("acme: {api_key: 1}\n")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (break_import, "cannot be loaded (ModuleNotFoundError: No module named 'nothing_of_this_name'); cor"),
        (break_contract, "acme/openapi.yaml"),
        (break_yaml, "acme/openapi.yaml: is not YAML ("),
        (break_handlers, "acme/openapi.yaml: operation list_audiences has no handler; write `def list_audi"),
        (break_backstage, "mockserver_acme/backstage.py: does not exist; write it"),
        (break_collections, "cannot be loaded (KeyError: 'collections'); correct the package in"),
        (break_schema, "scenario.schema.yaml is not a JSON Schema ("),
        (break_credentials, "credentials.yaml has no texts by the names of credentials; write `acme:`"),
    ],
)
def test_broken_package_leaves_the_others_in_peace(
    installed: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(installed / "mockserver_acme")
    chosen = vendors.Vendors()
    assert sorted(chosen) == SHIPPED
    (left_out,) = chosen.left_out
    assert str(left_out).startswith("vendor acme of the package acme-fake: ")
    assert reason in str(left_out)
    assert refusal("acme") == str(left_out)
    assert load_scenario("demo").people == 200
    listed = CliRunner().invoke(cli.mockserver, ["routes"])
    assert listed.exit_code == 0
    assert {one["vendor"] for one in json.loads(listed.stdout)} >= {*SHIPPED}
    linted = CliRunner().invoke(cli.mockserver, ["lint", "acme"])
    assert re.search(r"^acme: \d+ found$", linted.stdout, re.MULTILINE)


def test_broken_package_on_the_vendor_path_is_an_error(named: Path) -> None:
    break_import(named / "mockserver_acme")
    assert vendors.Vendors((SHIPPED[0],)).left_out == []
    with pytest.raises(InvalidVendorError, match=r"vendor acme of the folder .*: cannot be loaded"):
        vendors.Vendors()


@pytest.mark.parametrize("folder", ["missing", "."])
def test_vendor_path_without_a_vendor_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("MOCKSERVER_VENDOR_PATH", str(tmp_path / folder))
    what = "brings no vendor" if folder == "." else "is not a folder"
    with pytest.raises(InvalidVendorError, match=f"^vendor path .*: {what}; name a folder that"):
        vendors.names()


def test_package_of_a_taken_import_name_is_refused(installed: Path, named: Path) -> None:
    (named / "mockserver_acme" / "contracts" / "acme").rename(
        named / "mockserver_acme" / "contracts" / "other"
    )
    assert vendors.find("acme").name == "acme"
    assert "the package mockserver_acme is imported from" in refusal("other")


def test_unknown_vendors_are_unknown_still(installed: Path) -> None:
    with pytest.raises(UnknownVendorError, match=r"unknown vendor 'nobody' \(available: acme, "):
        vendors.find("nobody")


def test_scenarios_of_a_package_have_its_section(installed: Path) -> None:
    fixtures = installed / "mockserver_acme" / "fixtures"
    (fixtures / "scenarios").mkdir()
    content = "people: 3\nvendors: {acme: {audiences: [VIP]}}\n"
    (fixtures / "scenarios" / "acme-shop.yaml").write_text(content)
    assert "acme-shop" in scenario_names()
    with pytest.raises(InvalidScenarioError, match=r"/vendors/acme: .*; expected: nothing, as its package"):
        load_scenario("acme-shop")
    (fixtures / "scenario.schema.yaml").write_text(
        "description: a mapping with audiences\ntype: object\nadditionalProperties: false\n"
        "properties: {audiences: {$ref: '#/$defs/acmeNames'}}\n"
        "$defs: {acmeNames: {description: a list of names, type: array, items: {type: string}}}\n"
    )
    assert load_scenario("acme-shop").vendors == {"acme": {"audiences": ["VIP"]}}
    (installed / "mockserver_acme" / "population.py").write_text(
        "from mockserver_acme import audience_records\n\n\n"
        "def populate(world, people, section):\n"
        "    for name in section['audiences']:\n"
        "        audience_records.add(world, name, len(people), world.now())\n"
    )
    serving = app.create_app(load_scenario("acme-shop"), vendors=("acme",))
    reply = Client(serving).get("/acme/v1/audiences", headers={"X-Api-Key": "acme-mockserver"})
    found = (reply.json or {})["audiences"]
    assert [(one["name"], one["members"]) for one in found] == [("VIP", 3)]
    wrong = {"people": 0, "vendors": {"acme": {"audiences": "VIP"}}}
    with pytest.raises(InvalidScenarioError, match=r"/vendors/acme/audiences: .*; expected: a list of names"):
        parse_scenario("wrong", "wrong", wrong)
