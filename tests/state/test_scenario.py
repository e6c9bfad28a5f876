"""Scenario files: contents, defaults, and error messages in one line."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema_rs import validator_for

from mockserver.errors import InvalidScenarioError, InvalidVendorError
from mockserver.formats import yaml_loader
from mockserver.homes import Home
from mockserver.paths import fixtures
from mockserver.state.data_file import read_section
from mockserver.state.scenario import load_scenario, scenario_names

KEYS = "description, faults, life, locales, now, overlays, people, profiles, seed, settings, vendors"
PEOPLE = "a whole number of people, 0 to 1000000, or a list of people, as in [{email: eva@example.com}, 50]"
LOCALES = "de_DE, en_GB, en_US, fi_FI, nl_NL, sv_SE"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own.yaml"


def _error(name: str) -> str:
    with pytest.raises(InvalidScenarioError) as raised:
        load_scenario(name)
    return str(raised.value)


def test_the_shipped_scenarios() -> None:
    assert scenario_names() == ["demo", "empty", "showcase"]
    assert (load_scenario("demo").people, load_scenario("demo").seed, len(load_scenario("demo").locales)) == (
        200,
        42,
        6,
    )
    assert load_scenario("empty").people == 0


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_loads_and_has_a_description(name: str) -> None:
    assert load_scenario(name).name == name
    assert load_scenario(name).description.endswith(".")


def test_a_users_file(own: Path) -> None:
    own.write_text(
        "description: Two.\npeople: 2\nseed: 3\nlocales: {fi_FI: 1.5}\nnow: 2026-01-01T02:00:00+02:00\n"
    )
    scenario = load_scenario(str(own))
    assert (scenario.name, scenario.description) == ("own", "Two.")
    assert (scenario.people, scenario.seed, scenario.locales) == (2, 3, {"fi_FI": 1.5})
    assert scenario.now == datetime(2026, 1, 1, tzinfo=UTC)


def test_defaults(own: Path) -> None:
    own.write_text("people: 5")
    scenario = load_scenario(str(own))
    assert (scenario.description, scenario.seed, scenario.now, scenario.vendors) == ("", 42, None, {})
    assert sorted(scenario.locales) == LOCALES.split(", ")


def test_integers_written_as_floats(own: Path) -> None:
    own.write_text("people: 5.0")
    assert repr(load_scenario(str(own)).people) == "5"


@pytest.mark.parametrize("name", ["own.yaml", "own.yml", "./own"])
def test_names_that_are_paths(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("people: 1")
    assert load_scenario(name).name == "own"


def test_the_fingerprint_depends_on_what_determines_the_records() -> None:
    demo = load_scenario("demo")
    others = [
        replace(demo, people=201),
        replace(demo, seed=43),
        replace(demo, locales={"sv_SE": 1}),
        replace(demo, now=datetime(2026, 1, 1, tzinfo=UTC)),
        replace(demo, vendors={"somebody": {"stores": 2}}),
    ]
    prints = {scenario.fingerprint for scenario in [demo, *others]}
    assert len(prints) == 6
    assert all(len(text) == 12 and set(text) <= set("0123456789abcdef") for text in prints)


def test_the_fingerprint_ignores_names_and_the_order_of_locales() -> None:
    demo = load_scenario("demo")
    renamed = replace(demo, name="x", description="y", locales=dict(reversed(list(demo.locales.items()))))
    assert renamed.fingerprint == demo.fingerprint == load_scenario("demo").fingerprint


def test_the_fingerprint_is_the_same_in_every_process(own: Path) -> None:
    own.write_text("people: 5\nseed: 6\nlocales: {sv_SE: 1}\nnow: 2026-01-01T00:00:00Z")
    assert load_scenario(str(own)).fingerprint == "a6d3807d2dcd"


def test_an_unknown_name_lists_the_available_ones() -> None:
    assert _error("dmo") == (
        'scenario "dmo": not found; did you mean "demo"? available: demo, empty, showcase; '
        "for a file give its path, such as ./my.yaml"
    )


def test_a_name_cannot_leave_the_folder() -> None:
    assert "not found" in _error("..")


def test_a_missing_file() -> None:
    assert _error("./no.yaml") == "no.yaml: file not found; give a file, or one of demo, empty, showcase"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("peple: 3", f' at /peple: unknown key "peple"; did you mean "people"? available: {KEYS}'),
        ("zzz/~: 3", f' at /zzz~1~0: unknown key "zzz/~"; available: {KEYS}'),
        (
            "people: many",
            f' at /people: "many" is not of types "integer", "array"; expected: {PEOPLE}',
        ),
        (
            "people: -1",
            f" at /people: -1 is less than the minimum of 0; expected: {PEOPLE}",
        ),
        (
            "locales: {sv_FI: 1}",
            f' at /locales/sv_FI: unknown key "sv_FI"; did you mean "sv_SE"? available: {LOCALES}',
        ),
        (
            "locales: {sv_SE: 0}",
            " at /locales/sv_SE: 0 is less than or equal to the minimum of 0; "
            "expected: a share above 0 and up to 1000000",
        ),
        (
            "now: 2026-01-01",
            ' at /now: "2026-01-01" is not a "date-time"; expected: a moment with its offset, '
            "from 1970 to 2199, as in 2026-01-01T00:00:00Z; without it the clock is real",
        ),
        ("now: 2026-12-31T23:59:60Z", " at /now: second must be in 0..59; use another second"),
        (
            "- people",
            ' at the root: ["people"] is not of type "object"; '
            "expected: a mapping with keys such as people, seed, locales, now and vendors",
        ),
        (
            "",
            ' at the root: null is not of type "object"; '
            "expected: a mapping with keys such as people, seed, locales, now and vendors",
        ),
        ("people: 1\npeople: 2", ':2: duplicate key "people"; remove one of them'),
        ("locales:\n  - {a: 1, a: 2}", ':2: duplicate key "a"; remove one of them'),
        ("? [a]\n: 1", ":1: a key that is not text; write a plain word before the colon"),
        ("a: &a [1]\nb: *a", ":2: alias *a is not allowed; write the value out"),
        (
            "x: !!python/object/apply:os.system [ls]",
            ":1: tag tag:yaml.org,2002:python/object/apply:os.system is not allowed; "
            "write a plain value without a tag",
        ),
        (
            "x: !!binary aaaa",
            ":1: tag tag:yaml.org,2002:binary is not allowed; write a plain value without a tag",
        ),
        ("[" * 60 + "]" * 60, ":1: nested deeper than 50 levels; use fewer levels"),
        (
            "people: [",
            ":2: invalid YAML: did not find expected node content; correct the syntax",
        ),
        ("--- 1\n--- 2", ":2: invalid YAML: but found another document; correct the syntax"),
    ],
)
def test_invalid_files(text: str, message: str, own: Path) -> None:
    own.write_text(text)
    assert _error(str(own)) == f"{own}{message}"


def test_a_vendor_without_a_section(own: Path) -> None:
    own.write_text("vendors: {nobody: {}}")
    assert _error(str(own)).startswith(f'{own} at /vendors/nobody: unknown key "nobody"; available: ')


def test_the_section_of_a_vendor_from_outside(tmp_path: Path) -> None:
    home = Home("depot", tmp_path, tmp_path, "depot", tmp_path, "a test")
    assert read_section(home) is None
    file = tmp_path / "scenario.schema.yaml"
    file.write_text("type: object\n")
    assert read_section(home) == {"type": "object"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("type: nonsense", "is not a JSON Schema"), ("true", "is not a mapping")],
)
def test_a_section_that_is_no_schema(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "scenario.schema.yaml").write_text(text)
    with pytest.raises(InvalidVendorError, match=wrong):
        read_section(Home("depot", tmp_path, tmp_path, "depot", tmp_path, "a test"))


def test_a_file_that_is_not_text(own: Path) -> None:
    own.write_bytes(b"people: \xff")
    assert _error(str(own)) == f"{own}: not UTF-8 at byte 8; save it as UTF-8"


def test_a_number_with_too_many_digits(own: Path) -> None:
    own.write_text("people: " + "9" * 5_000)
    assert _error(str(own)).startswith(f"{own}: invalid YAML: ")


def test_a_file_that_is_too_large(own: Path) -> None:
    own.write_text("# " + "x" * 1_000_000)
    assert _error(str(own)) == f"{own}: larger than 1000000 bytes; use `people` to generate records"


def test_an_unreadable_file(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    own.write_text("people: 1")
    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(
        InvalidScenarioError, match=r"own\.yaml: cannot be read: Permission denied; make the file readable$"
    ):
        load_scenario(str(own))


def test_error_messages_are_one_short_line(own: Path) -> None:
    own.write_text("people: |\n" + "  line\n" * 1_000)
    message = _error(str(own))
    assert "\n" not in message
    assert len(message) < 500


def test_the_credentials_of_the_default_world() -> None:
    credentials = yaml_loader.read(fixtures() / "credentials.yaml")
    assert credentials["ortto"] == {"api_key": "PRK-mockserver"}
    assert credentials["voyado"] == {"apikey": "5eed0000-0000-4000-8000-000000000001"}
    assert credentials["digitalaudience"] == {
        "userName": "demo@mockserver.test",
        "password": "mockserver",
        "other_userName": "other@mockserver.test",
        "other_password": "mockserver-other",
    }
    assert credentials["spotler"] == {"consumer_key": "mockserver", "consumer_secret": "mockserver-secret"}
    assert credentials["fanfare"] == {
        "secret_key": "sk_test_mockserver",
        "publishable_key": "pk_test_mockserver",
        "other_secret_key": "sk_test_mockserver_other",
        "restricted_key": "sk_test_mockserver_restricted",
    }


def test_the_example_in_the_readme(own: Path) -> None:
    readme = (fixtures() / "README.md").read_text()
    own.write_text(readme.split("```yaml\n")[1].split("```")[0])
    assert load_scenario(str(own)).people == 50


def test_the_defaults_of_the_schema_are_valid() -> None:
    schema = yaml_loader.read(fixtures() / "scenario.schema.yaml")
    assert validator_for(schema).is_valid(
        {key: part["default"] for key, part in schema["properties"].items()}
    )
