"""Storage of forms and of their results. A form's id and a result's are numbers, counted from 1."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import timestamps

_FORM, _RESULT = "form", "form_result"
_SHOWN: Final = ("id", "name", "formSubType", "formState")


def add(world: World, form: Mapping[str, Any]) -> Record:
    """Stores a form with its fields (`{name, description}`) and returns it."""
    id = world.records(_FORM).count() + 1
    record = {
        "id": id,
        "name": form["name"],
        "formSubType": form.get("formSubType", "normal"),
        "formState": form.get("formState", "final"),
        "fields": [
            {"name": one["name"], "description": one.get("description", one["name"])}
            for one in form.get("fields", [{"name": "email", "description": "E-mail address"}])
        ],
    }
    world.records(_FORM).add(str(id), record)
    return record


def require(world: World, id: int) -> Record:
    """Returns the form. Raises the problem form_not_found."""
    return world.records(_FORM).require(str(id), "form_not_found")


def iterate(world: World) -> Iterator[Record]:
    """Yields the forms, oldest first."""
    return (row.record for row in world.records(_FORM).iterate())


def to_dict(form: Record) -> dict[str, Any]:
    """The members of a form that lists show."""
    return {name: form[name] for name in _SHOWN}


def add_result(world: World, form: Record, answers: Sequence[Record], completed: bool) -> Record:
    """Stores a result of a form and returns it."""
    id = world.records(_RESULT).count(str(form["id"])) + 1
    record = {
        "formResultId": id,
        "submittedAt": timestamps.now(world),
        "testResult": form["formState"] != "final",
        "completed": completed,
        "answers": list(answers),
    }
    world.records(_RESULT).add(f"{form['id']}/{id}", record, parent=str(form["id"]))
    return record


def results(world: World, form: Record) -> Iterator[Record]:
    """Yields the results of a form, oldest first."""
    return (row.record for row in world.records(_RESULT).iterate(str(form["id"])))


def require_result(world: World, form: Record, id: int) -> Record:
    """Returns a result of a form. Raises the problem form_result_not_found."""
    return world.records(_RESULT).require(f"{form['id']}/{id}", "form_result_not_found")
