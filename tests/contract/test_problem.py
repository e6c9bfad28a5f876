import pytest

from mockserver.contract.problem import ProblemSpec
from mockserver.errors import ContractViolationError

_BODY = {"error": "x", "meta": {"a/b": [1, {"c~d": 2}]}, "id": None}


def test_without_templates_the_body_is_the_example() -> None:
    assert ProblemSpec("unfit", 400, _BODY).body({"error": "y"}) == _BODY


def test_a_template_is_filled_with_details() -> None:
    problem = ProblemSpec("unfit", 400, _BODY, {"/error": "{field}: {reason} {{sic}}"})
    assert problem.body({"field": "limit", "reason": 3})["error"] == "limit: 3 {sic}"


@pytest.mark.parametrize("value", [7, None, True, ["a"], {"b": 1}, "text"])
def test_a_template_of_one_detail_keeps_the_values_type(value: object) -> None:
    body = ProblemSpec("unfit", 400, _BODY, {"/id": "{id}"}).body({"id": value})
    assert body["id"] is value


@pytest.mark.parametrize("template", [" {id}", "{id}\n", "{id}{id}"])
def test_a_template_with_anything_else_gives_text(template: str) -> None:
    body = ProblemSpec("unfit", 400, _BODY, {"/id": template}).body({"id": 7})
    assert body["id"] == template.replace("{id}", "7")


def test_pointers_are_unescaped_and_lead_into_arrays() -> None:
    body = ProblemSpec("unfit", 400, _BODY, {"/meta/a~1b/0": "{n}", "/meta/a~1b/1/c~0d": "{n}"}).body(
        {"n": 9}
    )
    assert body["meta"] == {"a/b": [9, {"c~d": 9}]}


def test_the_empty_pointer_is_the_whole_body() -> None:
    assert ProblemSpec("unfit", 400, "text", {"": "{text}"}).body({"text": "other"}) == "other"


def test_the_example_is_never_changed() -> None:
    problem = ProblemSpec("unfit", 400, _BODY, {"/error": "{reason}"})
    problem.body({"reason": "changed"})
    assert _BODY["error"] == "x"


@pytest.mark.parametrize("template", ["{reason}", "because {reason}"])
def test_a_missing_detail_violates_the_contract(template: str) -> None:
    with pytest.raises(ContractViolationError, match="problem unfit needs the detail 'reason'"):
        ProblemSpec("unfit", 400, _BODY, {"/error": template}).body({"field": "limit"})
