from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import vendors
from mockserver.errors import InvalidContractError
from mockserver.verify import story_file, vendor_lint

SHELF = Path(__file__).parents[1] / "contract" / "shelf.yaml"


def document(**changes: Any) -> dict[str, Any]:
    """Stories of the shelf that are fit in every way; `changes` go into the second step."""
    criteria = [{"condition": "$statusCode == 200"}]
    key = {"in": "header", "name": "X-Key", "value": "$inputs.key"}
    one: dict[str, Any] = {"stepId": "one", "operationId": "list_books", "successCriteria": criteria}
    one["outputs"] = {"title": "$response.body#/0/title"}
    two = {
        "stepId": "two",
        "operationId": "get_book",
        "parameters": [{"in": "path", "name": "title", "value": "$steps.one.outputs.title"}],
        "successCriteria": criteria,
    }
    story = {
        "workflowId": "read",
        "summary": "A book is found.",
        "inputs": {"type": "object", "properties": {"key": {"type": "string", "default": "K"}}},
        "parameters": [key],
        "steps": [one, {name: value for name, value in {**two, **changes}.items() if value is not None}],
    }
    return {
        "arazzo": "1.0.1",
        "info": {"title": "Stories", "version": "1"},
        "sourceDescriptions": [{"name": "shelf", "url": str(SHELF), "type": "openapi"}],
        "workflows": [story],
    }


def book(written: dict[str, Any], folder: Path) -> story_file.Book:
    path = folder / "shelf" / story_file.FILE
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(written))
    return story_file.read(path)


def test_read(tmp_path: Path) -> None:
    read = book(document(), tmp_path)
    (story,) = read.stories
    assert (read.vendor, story.id) == ("shelf", "read")
    assert dict(story.inputs) == {"key": "K"}
    assert set(story.sources) == {"shelf"}
    operation = read.operation(story.steps[1])
    assert operation is not None
    assert operation.id == "get_book"
    assert [one["name"] for one in story.steps[1].parameters] == ["X-Key", "title"]


def test_a_step_may_call_a_url(tmp_path: Path) -> None:
    direct = {"x-operation": {"method": "get", "url": "$inputs.key"}, "operationId": None}
    step = book(document(**direct), tmp_path).stories[0].steps[1]
    assert (step.method, step.url, step.source) == ("GET", "$inputs.key", None)


def test_a_steps_parameter_wins_over_the_storys(tmp_path: Path) -> None:
    own = [{"in": "header", "name": "X-Key", "value": "mine"}]
    step = book(document(parameters=own), tmp_path).stories[0].steps[1]
    assert [one["value"] for one in step.parameters] == ["mine"]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"operationId": "read_book"}, "operationId read_book is not in shelf"),
        ({"onFailure": []}, "is not what a story may say"),
        ({"successCriteria": []}, "is not what a story may say"),
        ({"successCriteria": [{"condition": "^a$", "type": "regex"}]}, "is not what a story may say"),
        ({"successCriteria": [{"condition": "$statusCode is 200"}]}, "not understood"),
        (
            {"successCriteria": [{"condition": "$inputs.no == 1"}]},
            "$inputs.no is nothing that is known by then",
        ),
        ({"stepId": "one"}, "stepId one stands twice"),
        ({"outputs": {"id": "$outputs.id"}}, "$outputs.id is no expression that is honoured"),
        (
            {"parameters": [{"in": "path", "name": "title", "value": "$workflows.a.outputs.b"}]},
            "$workflows.a.outputs.b is no expression that is honoured",
        ),
        (
            {"parameters": [{"in": "path", "name": "title", "value": "$steps.two.outputs.title"}]},
            "$steps.two.outputs.title is nothing that is known by then",
        ),
        (
            {"requestBody": {"contentType": "text/plain", "payload": "a {$inputs.nobody}"}},
            "$inputs.nobody is nothing that is known by then",
        ),
    ],
)
def test_what_is_not_honoured_is_refused(changes: dict[str, Any], what: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidContractError) as refusal:
        book(document(**changes), tmp_path)
    assert what in str(refusal.value)


def test_lint_tells_of_it(tmp_path: Path) -> None:
    path = tmp_path / story_file.FILE
    path.write_text(yaml.safe_dump(document(successCriteria=[{"condition": "$statusCode is 200"}])))
    (found,) = vendor_lint.unplayable(path)
    assert found.where.endswith("/stories.arazzo.yaml#/workflows/0/steps/1/successCriteria")


def test_a_story_has_a_name_of_its_own(tmp_path: Path) -> None:
    twice = document()
    twice["workflows"] *= 2
    with pytest.raises(InvalidContractError, match="workflowId read stands twice"):
        book(twice, tmp_path)


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_vendors_stories_are_read(vendor: str) -> None:
    assert story_file.of(vendor).vendor == vendor
