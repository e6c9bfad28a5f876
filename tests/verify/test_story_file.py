from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import vendors
from mockserver.errors import InvalidContractError
from mockserver.verify import story_file, vendor_lint

SHELF = Path(__file__).parents[1] / "contract" / "shelf.yaml"


def document(**changes: Any) -> dict[str, Any]:
    """A valid story file of the shelf; `changes` go into the second step."""
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
        "summary": "A write_and_read is found.",
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


def write_and_read(written: dict[str, Any], folder: Path) -> story_file.StoryFile:
    path = folder / "shelf" / story_file.STORIES_FILE
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(written))
    return story_file.read_stories(path)


def test_read_stories(tmp_path: Path) -> None:
    read = write_and_read(document(), tmp_path)
    (story,) = read.stories
    assert (read.vendor, story.id) == ("shelf", "read")
    assert dict(story.inputs) == {"key": "K"}
    assert set(story.sources) == {"shelf"}
    operation = read.operation(story.steps[1])
    assert operation is not None
    assert operation.id == "get_book"
    assert [one["name"] for one in story.steps[1].parameters] == ["X-Key", "title"]


def test_step_by_url(tmp_path: Path) -> None:
    direct = {"x-operation": {"method": "get", "url": "$inputs.key"}, "operationId": None}
    step = write_and_read(document(**direct), tmp_path).stories[0].steps[1]
    assert (step.method, step.url, step.source) == ("GET", "$inputs.key", None)


def test_step_parameter_overrides_the_storys(tmp_path: Path) -> None:
    own = [{"in": "header", "name": "X-Key", "value": "mine"}]
    step = write_and_read(document(parameters=own), tmp_path).stories[0].steps[1]
    assert [one["value"] for one in step.parameters] == ["mine"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"operationId": "read_book"}, "operationId read_book is not in shelf"),
        ({"onFailure": []}, "is not valid in a story"),
        ({"successCriteria": []}, "is not valid in a story"),
        ({"successCriteria": [{"condition": "^a$", "type": "regex"}]}, "is not valid in a story"),
        ({"successCriteria": [{"condition": "$statusCode is 200"}]}, "cannot parse the condition"),
        (
            {"successCriteria": [{"condition": "$inputs.no == 1"}]},
            "$inputs.no has no value at this step",
        ),
        ({"stepId": "one"}, "duplicate stepId one"),
        ({"outputs": {"id": "$outputs.id"}}, "$outputs.id is not a supported expression"),
        (
            {"parameters": [{"in": "path", "name": "title", "value": "$workflows.a.outputs.b"}]},
            "$workflows.a.outputs.b is not a supported expression",
        ),
        (
            {"parameters": [{"in": "path", "name": "title", "value": "$steps.two.outputs.title"}]},
            "$steps.two.outputs.title has no value at this step",
        ),
        (
            {"requestBody": {"contentType": "text/plain", "payload": "a {$inputs.unknown}"}},
            "$inputs.unknown has no value at this step",
        ),
    ],
)
def test_invalid_stories_are_rejected(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidContractError) as error:
        write_and_read(document(**changes), tmp_path)
    assert message in str(error.value)


def test_lint_reports_unsupported_criteria(tmp_path: Path) -> None:
    path = tmp_path / story_file.STORIES_FILE
    path.write_text(yaml.safe_dump(document(successCriteria=[{"condition": "$statusCode is 200"}])))
    (found,) = vendor_lint.lint_for_runner(path)
    assert found.where.endswith("/stories.arazzo.yaml#/workflows/0/steps/1/successCriteria")


def test_story_names_are_unique(tmp_path: Path) -> None:
    duplicated = document()
    duplicated["workflows"] *= 2
    with pytest.raises(InvalidContractError, match="duplicate workflowId read"):
        write_and_read(duplicated, tmp_path)


@pytest.mark.parametrize("vendor", vendors.names())
def test_stories_of_every_vendor_are_valid(vendor: str) -> None:
    assert story_file.load_stories(vendor).vendor == vendor


def test_shipped_stories_are_parsed_once() -> None:
    assert story_file.load_stories("ortto").stories is story_file.load_stories("ortto").stories
