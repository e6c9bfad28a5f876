"""What one call may cost: function calls are counted, so a slow machine changes nothing."""

import csv
import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from mockserver import vendors
from mockserver.call import Call
from mockserver.contract import json_body
from mockserver.contract.coercion import CoercionSpec, Place
from mockserver.contract.error_messages import MAX_STEPS
from mockserver.contract.json_body import has_too_many_values, read_json
from mockserver.contract.operation import Operation
from mockserver.contract.schema import MAX_VIOLATIONS, Schema
from mockserver.contract.unknown_properties import PropertyCatalogue
from mockserver.errors import FileTooLargeError, RowTooLongError, TooManyRowsError
from mockserver.formats import csv_rows
from mockserver.vendors.digitalaudience import crm_file_parser
from mockserver.vendors.fanfare import csv_files
from mockserver.vendors.ortto.filter_errors import filter_problem
from mockserver.vendors.ortto.raw_json import RawJson
from mockserver.vendors.spotler import oauth_signature
from tests.hostile.caller import MAX_WORK_OF_SMALL_CALL, Caller, counted
from tests.hostile.small_inputs import HostileInput, inputs
from tests.read_vendors import read_vendor

LOGIN = "digitalaudience"


def operations() -> list[tuple[str, str, Operation]]:
    found = []
    for vendor in vendors.names():
        one = read_vendor(vendor)
        found += [(vendor, "", operation) for operation in one.contract.operations.values()]
        if one.backstage:
            found += [(vendor, "backstage", it) for it in one.backstage.contract.operations.values()]
    return found


def send(caller: Caller, vendor: str, side: str, operation: Operation, hostile: HostileInput) -> Any:
    if side:
        path = f"/_mock/worlds/default/backstage/{vendor}{hostile.path}"
        headers = {"Content-Type": "application/json"}
        return caller.open(path, operation.method, hostile.query, hostile.body, headers)
    return caller.send(vendor, operation.method, hostile.path, hostile.query, hostile.body)


OPERATIONS = operations()

each_operation = pytest.mark.parametrize(
    ("vendor", "side", "operation"), OPERATIONS, ids=lambda it: it if isinstance(it, str) else it.id
)


@cache
def rotation() -> dict[str, HostileInput]:
    """One operation in five, by its ID, with the one of its inputs whose kind the others have least."""
    sent: Counter[str] = Counter()
    chosen: dict[str, HostileInput] = {}
    for vendor, side, operation in OPERATIONS[::5]:
        one = min(inputs(operation), key=lambda it: sent[it.kind])
        chosen[f"{vendor}/{side}/{operation.id}"] = one
        sent[one.kind] += 1
    return chosen


@pytest.mark.parametrize(
    ("vendor", "side", "operation"), OPERATIONS[::5], ids=lambda it: it if isinstance(it, str) else it.id
)
def test_a_small_call_costs_little(caller: Caller, vendor: str, side: str, operation: Operation) -> None:
    """The table of costs: operations with their worst inputs of less than 100 kB, below one ceiling.

    In each run one of five operations gets one input. They rotate, so that each kind is sent to some
    operations; a thorough run sends all to each.
    """
    check_costs(caller, vendor, side, operation, [rotation()[f"{vendor}/{side}/{operation.id}"]])


def test_each_kind_of_input_is_sent_in_each_run() -> None:
    every = {one.kind for _vendor, _side, operation in OPERATIONS[::5] for one in inputs(operation)}
    assert {"long list 1", "very deep lists", "parameter of many items"} < every
    assert {one.kind for one in rotation().values()} == every


@pytest.mark.thorough
@each_operation
def test_no_small_call_costs_much(caller: Caller, vendor: str, side: str, operation: Operation) -> None:
    check_costs(caller, vendor, side, operation, inputs(operation))


def check_costs(
    caller: Caller, vendor: str, side: str, operation: Operation, some: Iterable[HostileInput]
) -> None:
    most: tuple[int, str] = (0, "")
    for hostile in some:
        answer = send(caller, vendor, side, operation, hostile)
        assert not answer.is_failure_of_ours, (hostile.name, answer.body)
        most = max(most, (answer.work, hostile.name))
        if answer.status == 401 and vendor == LOGIN and not side:
            caller.log_in_again(vendor)
    assert 0 < most[0] <= MAX_WORK_OF_SMALL_CALL, most


def work_of(run: Callable[[], object]) -> int:
    with counted() as work:
        run()
    return work[0]


DIALECT = "https://json-schema.org/draft/2020-12/schema"
LIST = {
    "type": "array",
    "items": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("rule", "item"),
    [
        (LIST, {"b": 1}),
        (LIST, 1),
        ({"oneOf": [LIST, {"type": "array", "items": {"const": 2}}]}, 1),
        ({"anyOf": [LIST, {"type": "string"}]}, {"a": 1}),
        ({"allOf": [LIST, {"items": {"not": {"type": "object"}}}]}, {}),
        ({"uniqueItems": True}, {"a": 1}),
        ({"type": "array", "contains": {"const": 0}}, 1),
    ],
)
def test_explaining_costs_the_same_for_a_short_and_a_long_list(rule: Any, item: Any) -> None:
    schema = Schema(rule, {})
    assert schema.violations([item, item])  # compiled
    work = [work_of(lambda n=n: schema.violations([item] * n)) for n in (10_000, 40_000)]  # type: ignore[misc]
    assert work[1] <= max(work[0] * 1.1, 1_000)
    assert work[1] < 50 * MAX_STEPS
    assert 0 < len(schema.violations([item] * 40_000)) <= MAX_VIOLATIONS + 1


@pytest.mark.parametrize(
    "rule", [LIST, {"$schema": DIALECT, **LIST}, {"allOf": [{"$schema": DIALECT, **LIST}]}]
)
def test_a_wrong_item_after_many_right_ones_is_found(rule: Any) -> None:
    schema, items = Schema(rule, {}), [{"a": ""}] * 50_000 + [{"a": 1}]
    (found,) = schema.violations(items)
    assert (found.pointer, found.keyword) == ("/50000/a", "type")
    assert work_of(lambda: schema.violations(items)) < 60_000


def test_a_wrong_member_after_many_right_ones_is_found() -> None:
    value_schema = {"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]}
    schema = Schema({"additionalProperties": value_schema}, {"Text": {"type": "string"}})
    value: dict[str, Any] = {f"name{number}": "" for number in range(50_000)} | {"wrong": 1}
    found = schema.violations(value)  # compiled
    assert [one.pointer for one in found] == ["/wrong"]
    assert work_of(lambda: schema.violations(value)) < 60_000


@pytest.mark.parametrize("item", [1, "a", {"a": 1}, {"b": None}])
def test_reading_leniently_costs_little_for_each_item(item: Any) -> None:
    place, spec = Place([LIST], {}), CoercionSpec(numbers_as_text=True, null_as_absent=True)
    spec.apply([item], place)
    assert work_of(lambda: spec.apply([item] * 10_000, place)) < 120_000


def test_explaining_a_long_nested_value_does_not_word_it_at_each_level() -> None:
    components = {
        "Filter": {
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Filter"}}]
        }
    }
    value: Any = ["x" * 2_000_000, 1]
    for _ in range(60):
        value = [value]
    schema = Schema({"$ref": "#/components/schemas/Filter"}, components)
    assert work_of(lambda: schema.violations(value)) < 50 * MAX_STEPS
    assert all(len(one.message) < 400 for one in schema.violations(value))


def test_unknown_members_are_looked_up_a_bounded_number_of_times() -> None:
    rule = {"properties": {"name": {}}, "patternProperties": {"^x": {"type": "object"}}}
    catalogue = PropertyCatalogue([rule], {})
    for start in ("y", "x"):
        value: dict[str, Any] = {f"{start}{number}": {} for number in range(60_000)}
        assert work_of(lambda value=value: catalogue.find_unknown(value)) < 500_000  # type: ignore[misc]


@pytest.mark.parametrize("part", [b"0,", b"[],", b'"",', b'",",', b'{"a":0},', b'"\\"",'])
def test_a_body_of_too_many_values_is_not_parsed(part: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json_body.MAX_VALUES == 500_000
    monkeypatch.setattr(json_body, "MAX_VALUES", 20_000)
    raw = b"[" + part * 20_001 + b"0]"
    with pytest.raises(ValueError, match="more than 20000 values"):
        read_json(raw)
    few = b"[" + part * 5_000 + b"0]"
    assert len(read_json(few)) == 5_001


@pytest.mark.parametrize("text", [b'"' + b"," * 2_000_000 + b'"', b'"' + b'[\\"' * 700_000 + b'"'])
def test_commas_and_brackets_in_texts_are_no_values(text: bytes) -> None:
    assert not has_too_many_values(text)
    assert isinstance(read_json(text), str)


def test_the_reason_of_a_nested_filter_is_not_longer_with_each_level() -> None:
    value: Any = {"$no": "x" * 50_000}
    for _ in range(40):
        value = {"$and": [value]}
    assert len(str(filter_problem(RawJson(json.dumps(value)), []).details["reason"])) < 50 * 4_200


def test_a_signature_of_a_long_path_has_few_spellings() -> None:
    parameters = dict.fromkeys(oauth_signature.REQUIRED_PARAMETERS, "x")
    call = Call("GET", "/contact/" + "!$&'(a" * 5_000, origin="http://127.0.0.1:4700")
    assert len(oauth_signature.base_strings(call, parameters)) <= 4
    short = Call("GET", "/contact/!$&'(a", origin="http://127.0.0.1:4700")
    assert len(oauth_signature.base_strings(short, parameters)) > 30


@pytest.mark.parametrize(
    ("length", "status"),
    [(oauth_signature.MAX_HEADER, 404), (oauth_signature.MAX_HEADER + 1, 401), (40_000, 401)],
)
def test_a_long_authorization_header_is_malformed(caller: Caller, length: int, status: int) -> None:
    path = "/integrationservice/contact/1"
    headers = caller.headers("spotler", "GET", path)
    header = headers["Authorization"] + ', realm="'
    padded = headers | {"Authorization": header + "a" * (length - len(header) - 1) + '"'}
    answer = caller.send("spotler", "GET", path, headers=padded)
    assert answer.status == status
    assert answer.work < 5 * length + 50_000, "five function calls a character, most of them to hide it"


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED, files: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for number in range(files):
            archive.writestr(f"{number}.csv", content)
    return buffer.getvalue()


BLANK = b"email\na@b.example\n" + b"\n" * (csv_rows.MAX_EMPTY_LINES + 1)
WIDE = b"email\n" + b"," * csv_rows.MAX_ROW_LENGTH + b"\n"
SPREAD = b"email\n" + b'"\n\n",' * 60_000 + b"\n"  # a row of many lines
COLUMNS = b"email" + b"," * 1_000 + b"\n1\n"


@pytest.mark.parametrize(
    "content", [BLANK, WIDE, SPREAD, COLUMNS], ids=["blank", "wide", "spread", "columns"]
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_a_crm_file_beyond_a_bound_is_unusable(content: bytes, pack: Callable[[bytes], bytes]) -> None:
    def parse() -> None:
        with pytest.raises(crm_file_parser.UnusableFileError):
            crm_file_parser.parse_file(pack(content))

    assert work_of(parse) < 8_000_000


def test_a_crm_file_of_too_many_rows_is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert crm_file_parser.MAX_ROWS == 100_000
    monkeypatch.setattr(crm_file_parser, "MAX_ROWS", 5_000)

    def parse() -> None:
        with pytest.raises(crm_file_parser.UnusableFileError, match="rows"):
            crm_file_parser.parse_file(zipped(b"email\n" + b"a@b.example\n" * 5_001))

    assert work_of(parse) < 400_000


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_a_bomb_ends_at_the_bound_of_bytes(
    pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crm_file_parser.MAX_BYTES == 32 << 20
    monkeypatch.setattr(crm_file_parser, "MAX_BYTES", 1 << 20)
    bomb = pack(b"email\n" + (b"x" * 1_000 + b"\n") * 2_000)
    assert len(bomb) < 20_000
    with pytest.raises(crm_file_parser.UnusableFileError, match="larger than 1048576 bytes"):
        crm_file_parser.parse_file(bomb)


@pytest.mark.parametrize(
    "archive", [zipped(b"email\na@b\n", zipfile.ZIP_BZIP2), zipped(b"", files=2), zipped(b"", files=6_000)]
)
def test_other_archives_are_unusable(archive: bytes) -> None:
    with pytest.raises(crm_file_parser.UnusableFileError):
        crm_file_parser.parse_file(archive)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(BLANK, "Too many rows"), (WIDE, "Row too long"), (SPREAD, "Row too long"), (COLUMNS, "Row too long")],
    ids=["blank", "wide", "spread", "columns"],
)
def test_a_file_of_consumers_beyond_a_bound_is_unreadable(content: bytes, reason: str) -> None:
    with pytest.raises(csv_files.UnreadableFileError, match=reason):
        csv_files.parse_file(content)


def test_a_long_row_keeps_no_more_cells_than_tell_that_it_is_long() -> None:
    columns, (batch,) = csv_files.parse_file(b"email,phone\n" + b"a," * 10_000 + b"\n")
    assert len(batch.rows[0] or ()) == len(columns) + 1
    with pytest.raises(csv_files.RejectedRowError, match="Row too long"):
        csv_files.parse_row(columns, batch.rows[0])


@pytest.mark.parametrize("rows", [["a", "b"], ["a,b", 'c,"d\ne"'], []])
def test_rows_within_the_bounds_are_those_of_csv(rows: list[str]) -> None:
    text = "\n\n".join(rows)
    wanted = [one for one in csv.reader(io.StringIO(text, newline="")) if one]
    assert list(csv_rows.read_rows(io.StringIO(text, newline=""), 10)) == wanted


def test_the_bounds_of_rows_and_bytes_are_exact() -> None:
    assert len(list(csv_rows.read_rows(io.StringIO("a\n" * 5), 5))) == 5
    with pytest.raises(TooManyRowsError):
        list(csv_rows.read_rows(io.StringIO("a\n" * 6), 5))
    with pytest.raises(RowTooLongError):
        list(csv_rows.read_rows(io.StringIO("a," * csv_rows.MAX_ROW_LENGTH), 5))
    assert io.BufferedReader(csv_rows.BoundedReader(io.BytesIO(b"abc"), 3)).read() == b"abc"
    with pytest.raises(FileTooLargeError):
        io.BufferedReader(csv_rows.BoundedReader(io.BytesIO(b"abcd"), 3)).read()
