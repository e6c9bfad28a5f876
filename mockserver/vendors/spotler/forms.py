"""Form endpoints: list, render and submit the account's forms, and read their results."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import contact_records, form_records, history_records, timestamps

_MICROS_PER_MILLI = 1000


def list_forms(call: Call, world: World) -> object:
    """Returns the forms of a subtype and state, or all."""
    wanted = {name: call.params[name] for name in ("formSubType", "formState") if name in call.params}
    forms = map(form_records.to_dict, form_records.iterate(world))
    return [one for one in forms if all(one[name] == value for name, value in wanted.items())]


def get_form(call: Call, world: World) -> object:
    """Returns the form as HTML, filled in for the contact in `encId`. Problem: form_not_found."""
    form = form_records.require(world, call.params["formId"])
    return _render(form, call.params, _values_of(world, call.params.get("encId")))


def render_form(call: Call, world: World) -> object:
    """Returns the form as HTML with `prefilledValues`. Problem: form_not_found."""
    form = form_records.require(world, call.params["formId"])
    values = {name: texts[0] for name, texts in call.body.get("prefilledValues", {}).items() if texts}
    return _render(form, call.body, _values_of(world, call.body.get("encId")) | values)


def submit_form(call: Call, world: World) -> object:
    """Stores a result and returns the confirmation. Problem: form_not_found.

    A form that subscribes or unsubscribes changes the contact; every form enters the contact's history.
    """
    form = form_records.require(world, call.params["formId"])
    given: Mapping[str, list[str]] = call.body["formParams"]
    answers = list(_answers(form, given))
    result = form_records.add_result(world, form, answers, completed=len(answers) == len(form["fields"]))
    key = _contact_of(world, form, given)
    if key is not None:
        entry = {
            "form": form_records.to_dict(form),
            "formResultId": result["formResultId"],
            "submitDate": timestamps.to_moment(world.now()),
            "completed": result["completed"],
        }
        history_records.add(world, history_records.FORM, key, entry)
    confirmation = f"<p>{escape(form['name'])}: thank you</p>"
    return {"html": confirmation, "script": "", "isConfirmationPage": True, "url": call.body["postUrl"]}


def list_form_results(call: Call, world: World) -> object:
    """Returns the results of a form within a period, oldest first.

    Problems: form_not_found, invalid_params.
    """
    form, params = form_records.require(world, call.params["formId"]), call.params
    first, last = (_parse_date(params, name) for name in ("startDate", "endDate"))
    return [
        _render_result(world, one)
        for one in form_records.results(world, form)
        if (first is None or one["submittedAt"] >= first)
        and (last is None or one["submittedAt"] <= last)
        and one["completed"] == params.get("completed", one["completed"])
    ]


def get_form_result(call: Call, world: World) -> object:
    """Returns one result of a form. Problems: form_not_found, form_result_not_found."""
    form = form_records.require(world, call.params["formId"])
    return _render_result(world, form_records.require_result(world, form, call.params["formResultId"]))


def _parse_date(params: Mapping[str, Any], name: str) -> int | None:
    """The date in milliseconds, if the call has it. Raises the problem invalid_params, as for 30 February."""
    try:
        return timestamps.parse_compact(params[name]) // _MICROS_PER_MILLI if name in params else None
    except ValueError as error:
        raise Problem("invalid_params", reason=f"Invalid value for parameter {name}") from error


def _render_result(world: World, record: Record) -> dict[str, Any]:
    return record | {"submittedAt": timestamps.to_json(world, record["submittedAt"])}


def _answers(form: Record, given: Mapping[str, list[str]]) -> Iterator[Record]:
    for number, one in enumerate(form["fields"], 1):
        if given.get(one["name"]):
            answer = given[one["name"]]
            yield {"rank": number, "fieldId": number, "description": one["description"], "answer": answer}


def _contact_of(world: World, form: Record, given: Mapping[str, list[str]]) -> str | None:
    """The key of the contact that submits; a form that subscribes makes it if needed."""
    email = next(iter(given.get("email", [])), "")
    found = next((key for key, _ in contact_records.find(world, "email", email)), None) if email else None
    encrypted_id = next(iter(given.get("encId", [])), "")
    key = found or contact_records.find_encrypted(world, encrypted_id)
    if form["formSubType"] == "subscribe":
        return _subscribe(world, key, form, given)
    before = contact_records.get_by_key(world, key) if key else None
    if key and before and form["formSubType"] == "unSubscribe":
        contact_records.opt_out(world, key, before)
    return key


def _subscribe(world: World, key: str | None, form: Record, given: Mapping[str, list[str]]) -> str | None:
    account = contact_records.properties_of(world)
    fields = [one["name"] for one in form["fields"]]
    properties = {name: given[name][0] for name in fields if given.get(name) and account.is_text(name)}
    contact = {"properties": account.valid(properties)}
    if key is None:
        if "email" not in contact["properties"]:
            return None
        key = contact_records.new_key(world)
        contact_records.add(world, key, contact, account)
        return key
    before = contact_records.get_by_key(world, key)
    if before:
        contact_records.update(world, key, before, contact, False, account)
        contact_records.reactivate(world, key)
    return key


def _values_of(world: World, encrypted_id: str | None) -> dict[str, str]:
    key = contact_records.find_encrypted(world, encrypted_id or "")
    record = contact_records.get_by_key(world, key) if key else None
    found = record["properties"].items() if record else ()
    return {name: str(value) for name, value in found if not isinstance(value, dict)}


def _render(form: Record, options: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    as_table, url = options.get("outputMode", "TABLES") == "TABLES", options["postUrl"]
    close = " />" if options.get("outputFormat") == "XHTML1STRICT" else ">"
    row = "<tr><td>{}</td><td>{}</td></tr>" if as_table else "<div>{}{}</div>"
    rows = []
    for one in form["fields"]:
        name, value = escape(one["name"]), escape(values.get(one["name"], ""))
        field = f'<input type="text" name="{name}" value="{value}"{close}'
        rows.append(row.format(f"<label>{escape(one['description'])}</label>", field))
    inner = f"<table>{''.join(rows)}</table>" if as_table else "".join(rows)
    extra = options.get("extraParams")
    action = f"{url}{'&' if '?' in url else '?'}{extra}" if extra else url
    html = f'<form action="{escape(action)}" method="post">{inner}</form>'
    return {"html": html, "script": "", "isConfirmationPage": False, "url": url}
