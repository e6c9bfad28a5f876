"""Profiles as data: the shipped ones, files of users, starts in scenarios, and error messages in one line."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mockserver import vendors
from mockserver.errors import InvalidScenarioError
from mockserver.state.profile import load_profile, parse_starts, planned, profile_names
from mockserver.state.scenario import load_scenario
from tests.state.conftest import Shop

SHIPPED = ["black-friday", "degraded", "next-version", "night-stuck", "rate-limited"]


def test_the_shipped_profiles() -> None:
    assert profile_names() == SHIPPED
    for name in SHIPPED:
        profile = load_profile(name)
        assert (profile.name, profile.description[-1]) == (name, ".")
        assert profile.lasts, "each has an end"
        assert profile.settings or profile.faults
        assert all(one["times"] is None for one in profile.faults), "for as long as it lasts"


def test_the_next_version_changes_every_vendor() -> None:
    changed = Counter(one["vendor"] for one in load_profile("next-version").faults)
    assert len(changed) >= 5
    assert changed.keys() <= set(vendors.names())
    assert min(changed.values()) >= 3


def test_a_users_file(tmp_path: Path) -> None:
    own = tmp_path / "slow.yaml"
    own.write_text("lasts: 1d12h\nfaults: [{kind: latency, seconds: {uniform: [200ms, 1s]}, times: null}]")
    profile = load_profile(str(own))
    assert (profile.name, profile.description, profile.lasts) == ("slow", "", 129600)
    assert profile.faults == [{"kind": "latency", "seconds": {"uniform": [0.2, 1]}, "times": None}]
    assert (profile.settings, profile.rate_share) == ({}, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "fauts: []",
            ' at /fauts: unknown key "fauts"; did you mean "faults"? '
            "available: description, faults, lasts, rate_share, settings",
        ),
        ("lasts: 2 hours", " at /lasts: '2 hours' is not a duration; write it like 90s, 2h, 1d12h"),
        ("lasts: 0", " at /lasts: 0 is out of range; give 1s to 3652d"),
        ("lasts: 4000d", " at /lasts: '4000d' is out of range; give 1s to 3652d"),
        ("rate_share: 2", " at /rate_share: 2 is greater than the maximum of 1; expected: the share of each"),
        ("faults: [{}]", ' at /faults/0: "kind" is a required property; expected: a fault with its kind'),
        ("faults: [{kind: latency, seconds: 2x}]", " at /faults/0: '2x' is not a duration; write it like"),
    ],
)
def test_a_wrong_file_is_named_with_place_and_fix(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text)
    with pytest.raises(InvalidScenarioError) as raised:
        load_profile(str(own))
    assert str(raised.value).startswith(f"{own}{message}")


def test_an_unknown_name_lists_the_available_ones() -> None:
    with pytest.raises(InvalidScenarioError) as raised:
        load_profile("degradet")
    assert str(raised.value) == (
        f'profile "degradet": not found; did you mean "degraded"? available: {", ".join(SHIPPED)}; '
        "for a file give its path, such as ./my.yaml"
    )


def test_a_scenario_starts_profiles_by_name_and_with_content(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "profiles: [night-stuck, {name: degraded, lasts: 2d}, {name: mine, settings: {limits: true}}]"
    )
    found = load_scenario(str(own)).profiles
    assert [(one.name, one.lasts) for one in found] == [
        ("night-stuck", 172800),
        ("degraded", 172800),
        ("mine", None),
    ]
    assert found[1].faults == load_profile("degraded").faults
    assert found[2].settings == {"limits": True}


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        (["nope"], 'profile "nope": not found; available: black-friday'),
        (["night-stuck", {"name": "night-stuck"}], "here at /profiles/1: a second profile 'night-stuck'"),
        ([{"name": "./my.yaml"}], "here at /profiles/0: './my.yaml' is a file; give the content"),
        ([{"name": "own", "faults": 1}], "here at /profiles/0 at /faults: 1 is not of type"),
    ],
)
def test_a_wrong_start(starts: list[Any], message: str) -> None:
    with pytest.raises(InvalidScenarioError) as raised:
        parse_starts("here", starts)
    assert str(raised.value).startswith(message)


def test_the_plan_for_the_vendors_that_are_served() -> None:
    [profile] = parse_starts(
        "here",
        [
            {
                "name": "own",
                "rate_share": 0.05,
                "settings": {"rates": {"shop": {"writes": 7}}},
                "faults": [{"kind": "reset", "vendor": one} for one in ("shop", "elsewhere")]
                + [{"kind": "reset"}],
            }
        ],
    )
    plan = planned(profile, {"shop": Shop(), "depot": Shop("depot", rates={})})
    assert plan["settings"] == {"rates": {"shop": {"calls": 5, "writes": 7}}}, "at least one call"
    assert plan["faults"] == [{"kind": "reset", "vendor": "shop"}, {"kind": "reset"}]
