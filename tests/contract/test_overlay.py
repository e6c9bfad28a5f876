"""Overlays: how their actions change a contract, what they leave, and which actions are refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.binding.vendor import Vendor
from mockserver.contract.operation import Operation
from mockserver.contract.overlay import read_overlays
from mockserver.contract.provenance_report import format_summary, list_rules
from mockserver.errors import InvalidContractError, InvalidScenarioError
from mockserver.state.credentials import default_world_credentials
from mockserver.state.scenario import parse_scenario

_ATTRIBUTES = "$.components.schemas.Attributes.properties"
_WRITABLE = "$.components.schemas.WritableContact.properties"


def _write(folder: Path, actions: list[dict[str, Any]], name: str = "voyado.yaml", **members: Any) -> Path:
    document = {"overlay": "1.0.0", "info": {"title": "our account", "version": "1.0.0"}, "actions": actions}
    (folder / name).write_text(yaml.safe_dump({**document, **members}))
    return folder / name


def _adapted(folder: Path, *actions: dict[str, Any], vendor: str = "voyado") -> Vendor:
    return vendors.find(vendor, None, read_overlays([_write(folder, [*actions], f"{vendor}.yaml")]))


def _call(app: Application, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    headers = {"apikey": key or default_world_credentials()["voyado"]["apikey"]}
    reply = app.test_client().open(f"/voyado/api/v3{path}", method=method, json=body, headers=headers)
    return reply.status_code, reply.get_json(silent=True)


def test_members_of_an_account_are_kept_sent_checked_and_marked(tmp_path: Path) -> None:
    colour = {"type": "string", "enum": ["red", "blue"]}
    file = _write(
        tmp_path,
        [
            {"target": _ATTRIBUTES, "update": {"shoeSize": {"type": "integer", "default": 42}}},
            {"target": _ATTRIBUTES, "update": {"clubColour": colour}},
            {"target": _WRITABLE, "update": {"clubColour": colour}},
        ],
    )
    app = create_app(vendors=("voyado",), overlays=read_overlays([file]))
    try:
        contact = {"firstName": "Eva", "email": "eva@example.com", "countryCode": "SE", "clubColour": "red"}
        status, created = _call(app, "POST", "/contacts", contact)
        read = _call(app, "GET", f"/contacts/{created['id']}")[1]
        refused = _call(
            app, "POST", "/contacts", {**contact, "email": "b@example.com", "clubColour": "green"}
        )
        document: Any = app.test_client().get("/voyado/openapi.json").json
        coverage: Any = app.test_client().get("/_mock/worlds/default/coverage?vendor=voyado").json
        contract = app.context.vendors["voyado"].contract
    finally:
        app.close()
    assert status == 201
    assert read["attributes"] == created["attributes"]
    assert (read["attributes"]["clubColour"], read["attributes"]["shoeSize"]) == ("red", 42)
    assert refused[0] == 422
    schemas = document["components"]["schemas"]
    assert schemas["Attributes"]["properties"]["shoeSize"]["x-source"] == "overlay"
    assert schemas["Attributes"]["x-source"] == "docs"
    (listed,) = document["x-overlays"]
    assert (listed["title"], listed["file"], listed["actions"]) == ("our account", "voyado.yaml", 3)
    assert listed["changes"][0] == {
        "at": "/components/schemas/Attributes/properties/shoeSize",
        "change": "added",
    }
    reached = [one["calls"] for one in coverage["items"] if one["name"] == "body /clubColour"]
    assert max(reached) == 2
    rules = list_rules(contract)
    assert sum(one["source"] == "overlay" for one in rules) == 3
    assert format_summary(rules).endswith(", 3 overlay")


def test_limits_switches_and_credentials_of_an_account_apply_to_the_default_world(tmp_path: Path) -> None:
    actions = [
        {"target": "$['x-limits'].calls", "update": {"calls": 2}},
        {"target": "$['x-credentials'].apikey", "update": {"value": "our-own-key"}},
        {"target": "$['x-switches'].form_bodies", "update": {"default": False}},
    ]
    app = create_app(vendors=("voyado",), limits=True, overlays=read_overlays([_write(tmp_path, actions)]))
    try:
        statuses = [_call(app, "GET", "/target-audiences", key="our-own-key")[0] for _ in range(3)]
        shipped = _call(app, "GET", "/target-audiences")[0]
        served = app.test_client().get("/voyado/openapi.json").text
        switches = app.context.vendors["voyado"].switches
    finally:
        app.close()
    assert statuses == [200, 200, 429]
    assert shipped == 401
    assert "our-own-key" not in served
    assert switches["form_bodies"] is False


def test_an_operation_that_an_account_lacks_has_neither_route_nor_handler(tmp_path: Path) -> None:
    vendor = _adapted(
        tmp_path, {"target": "$.paths['/api/v3/contacts/count']", "remove": True}, vendor="voyado"
    )
    assert vendor.contract.document.removed_operations == {"count_contacts"}
    found = vendor.contract.route("GET", "/api/v3/contacts/count")
    assert isinstance(found, Operation)
    assert found.id == "get_contact"
    assert "count_contacts" not in vendor.handlers


def test_a_changed_rule_is_marked_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    before = vendors.find("voyado").contract
    after = _adapted(
        tmp_path,
        {"target": "$.components.parameters.Count.schema", "update": {"maximum": 2000}},
        {"target": f"{_ATTRIBUTES}.rfm", "update": {"maximum": 90, "x-source": "inferred"}},
    ).contract
    sources = [{one["at"]: one["source"] for one in list_rules(contract)} for contract in (before, after)]
    changed = {at: source for at, source in sources[1].items() if sources[0][at] != source}
    assert changed == {"/components/schemas/Attributes/properties/rfm": "inferred"}
    assert after.document.root["components"]["parameters"]["Count"]["schema"]["x-source"] == "overlay"


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        pytest.param([{"target": "paths", "remove": True}], "is not a JSONPath", id="no-path"),
        pytest.param(
            [{"target": "$.components.schemas.Atributes", "remove": True}],
            "selects nothing in voyado/openapi.yaml; did you mean Attributes?",
            id="misspelt",
        ),
        pytest.param(
            [{"target": "$.paths['/api/v3/contacts'].trace.zzz", "update": {}}],
            "only $['paths']['/api/v3/contacts'] selects something",
            id="no-match",
        ),
        pytest.param([{"target": "$.paths", "remove": True}], "removes paths, which every", id="paths"),
        pytest.param(
            [{"target": "$.components.schemas.Contact.properties.id", "remove": True}],
            "removes id, which /components/schemas/Contact still requires; remove it there too",
            id="required",
        ),
        pytest.param(
            [{"target": "$.components.schemas.ContactId", "remove": True}], "does not resolve", id="reference"
        ),
        pytest.param(
            [{"target": _ATTRIBUTES, "update": {"a": {"typ": "string"}}}],
            "typ is not supported in a schema; did you mean type?",
            id="lint",
        ),
        pytest.param([{"target": "$.info.title", "update": "x"}], "neither a mapping nor a list", id="leaf"),
        pytest.param([{"target": "$.info", "update": [1]}], "updates the mapping /info with", id="shape"),
        pytest.param([{"target": "$.info"}], "neither updates nor removes", id="nothing"),
        pytest.param([{"target": "$.info", "updat": {}}], "did you mean update?", id="member"),
        pytest.param([], "has no actions", id="empty"),
    ],
)
def test_an_overlay_that_cannot_be_applied_is_refused_in_one_line(
    tmp_path: Path, actions: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InvalidContractError) as refused:
        _adapted(tmp_path, *actions)
    text = str(refused.value)
    assert message in text
    assert "voyado.yaml" in text.partition(":")[0]
    assert "\n" not in text


def test_a_file_is_for_the_vendor_of_its_name(tmp_path: Path) -> None:
    action = {"target": "$.info", "update": {"summary": "ours"}}
    _write(tmp_path, [action], "voyado.2.yaml")
    _write(tmp_path, [{**action, "update": {"summary": "first"}}], "voyado.1.yaml")
    (tmp_path / "notes.txt").write_text("not an overlay")
    read = read_overlays([tmp_path])
    assert [(one.vendor, Path(one.where).name) for one in read] == [
        ("voyado", "voyado.1.yaml"),
        ("voyado", "voyado.2.yaml"),
    ]
    assert vendors.find("voyado", None, read).contract.document.root["info"]["summary"] == "ours"
    other = _write(tmp_path, [action], "voyadoo.yaml")
    with pytest.raises(InvalidContractError, match=r"unknown vendor 'voyadoo'; did you mean voyado\?"):
        create_app(overlays=read_overlays([other]))


def test_a_scenario_has_overlays_of_its_own_for_the_server_that_it_starts() -> None:
    actions = {"voyado": [{"target": "$['x-limits'].calls", "update": {"calls": 3}}]}
    scenario = parse_scenario("ours", "ours", {"overlays": actions})
    app = create_app(scenario, vendors=("voyado",))
    plain = create_app(vendors=("voyado",))
    try:
        assert app.context.vendors["voyado"].rates["calls"] == 3
        with pytest.raises(InvalidScenarioError, match="start the server with it"):
            plain.context.worlds.check_scenario(scenario)
    finally:
        app.close()
        plain.close()


def test_overlay_of_the_backstage_reaches_filters_of_scenario_and_backstage(tmp_path: Path) -> None:
    target = "$.components.schemas.TextCondition.properties.attribute.enum"
    colour = {"clubColour": {"type": "string"}}
    members = [{"target": one, "update": colour} for one in (_ATTRIBUTES, _WRITABLE)]
    files = [
        _write(tmp_path, members),
        _write(
            tmp_path,
            [{"target": target, "update": "clubColour"}],
            "voyado.backstage.yaml",
            extends="./backstage.yaml",
        ),
    ]
    reds = {"id": "5eed0000-0000-4000-8000-0000000000aa", "name": "Reds"}
    audience = {**reds, "filter": {"attribute": "clubColour", "is": "red"}}
    scenario = {"people": 0, "vendors": {"voyado": {"targetAudiences": [audience]}}}
    given = parse_scenario("ours", "ours.yaml", scenario)
    with pytest.raises(InvalidScenarioError, match="invalid filter"):
        create_app(given, vendors=("voyado",), overlays=files[:1])
    own = {"voyado": members, "voyado.backstage": [{"target": target, "update": "clubColour"}]}
    for start, overlays in ((given, files), (parse_scenario("ours", "o", {**scenario, "overlays": own}), [])):
        app = create_app(start, vendors=("voyado",), overlays=overlays)
        client = app.test_client()
        backstage = "/_mock/worlds/default/backstage/voyado/"
        blue = {"name": "Blues", "filter": {"attribute": "clubColour", "is": "blue"}}
        assert client.post(f"{backstage}create_target_audience", json=blue).status_code == 200
        misspelt = {**blue, "filter": {"attribute": "clubColor", "is": "blue"}}
        assert client.post(f"{backstage}create_target_audience", json=misspelt).status_code == 400
        assert _call(app, "POST", "/contacts", {"email": "a@b.example", "clubColour": "red"})[0] == 201
        listed: Any = client.post(f"{backstage}recalculate_target_audiences").json
        members_of = {one["name"]: one["members"] for one in listed["targetAudiences"]}
        assert members_of == {"Reds": 1, "Blues": 0}
        document: Any = client.get("/_mock/vendors/voyado/backstage").json
        assert [one["changes"] for one in document["x-overlays"]] == [
            [{"at": "/components/schemas/TextCondition/properties/attribute/enum/20", "change": "added"}]
        ]
        app.close()
