"""The page of limits has every limit with its figure, and no other."""

import re

from mockserver.call import MAX_JOURNALLED_BODY
from mockserver.cli import wait
from mockserver.client import connection
from mockserver.contract import (
    error_messages,
    json_body,
    operation,
    redaction,
    schema,
    unknown_properties,
    validation,
)
from mockserver.control import clock
from mockserver.formats import authority, bounded_file, bounded_text, csv_rows
from mockserver.pipeline import authentication, journal_entry, unknown_vendor
from mockserver.scaffold import document_file
from mockserver.server import app_context, journal_watch
from mockserver.server.connection_limits import Limits
from mockserver.state import journal, journal_search, links, scenario_file
from mockserver.vendors.digitalaudience import crm_file_parser
from mockserver.vendors.fanfare import csv_files
from mockserver.vendors.ortto import filter_errors
from mockserver.vendors.spotler import oauth_signature
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
_LIMITS = Limits()
LIMITS = [
    ("bytes of a body", app_context.MAX_BODY_BYTES),
    ("bytes of a request target", _LIMITS.target),
    ("bytes of the headers", _LIMITS.headers),
    ("characters of a host name", authority.MAX_NAME),
    ("connections", _LIMITS.connections),
    ("seconds for the head of a request", int(_LIMITS.head_seconds)),
    ("seconds without a byte of a body", int(_LIMITS.body_seconds)),
    ("seconds between two requests of a connection", int(_LIMITS.idle_seconds)),
    ("seconds without a client reading its reply", int(_LIMITS.write_seconds)),
    ("nesting of a JSON body", json_body.MAX_DEPTH),
    ("values in a JSON body", json_body.MAX_VALUES),
    ("digits of a number in a parameter", operation._MAX_NUMBER_LENGTH),
    ("streams and waiting calls of a process", journal_watch.MAX_READERS),
    ("unread bytes of a stream", journal_watch.MAX_UNREAD),
    ("exchanges that a search looks at for a page", journal._MOST_SCANNED),
    ("characters of a search", journal_search.MAX_LENGTH),
    ("links to a world", links._MAX_LINKS),
    ("days that a clock moves in one call", clock._MAX_ADVANCE.days),
    ("credentials of one call", authentication._MAX_CREDENTIALS),
    ("characters of a credential used as a key", bounded_text.MAX_KEY_LENGTH),
    ("characters of an `Authorization` header of Spotler", oauth_signature.MAX_HEADER),
    ("violations explained", schema.MAX_VIOLATIONS),
    ("steps of an explanation", error_messages.MAX_STEPS),
    ("unknown members or parameters reported", unknown_properties._MAX_FOUND),
    ("names looked up for that", unknown_properties._MAX_LOOKUPS),
    ("characters of JSON in an error about a filter of Ortto, at each level", filter_errors._MAX_QUOTED),
    ("bytes of a body", MAX_JOURNALLED_BODY),
    ("characters of a URL, a path, a remark", journal_entry._MAX_TEXT_LENGTH),
    ("headers", journal_entry._MAX_HEADERS),
    ("characters of a header", journal_entry._MAX_HEADER_LENGTH),
    ("characters of a pointer", journal_entry._MAX_POINTER_LENGTH),
    ("secrets of a call that are looked for elsewhere in it", redaction.MAX_SECRETS),
    ("different names in a body that are compared with those of secrets", redaction.MAX_NAMES),
    ("bytes of a CSV file of Fanfare (documented)", csv_files.MAX_BYTES),
    ("rows of a CSV file of Fanfare (documented)", csv_files.MAX_ROWS),
    ("columns of a CSV file of Fanfare", csv_files.MAX_COLUMNS),
    ("bytes of a decompressed CRM file of DigitalAudience", crm_file_parser.MAX_BYTES),
    ("rows of a CRM file of DigitalAudience", crm_file_parser.MAX_ROWS),
    ("columns of a CRM file of DigitalAudience", crm_file_parser.MAX_COLUMNS),
    ("characters of a row", csv_rows.MAX_ROW_LENGTH),
    ("empty lines of a file", csv_rows.MAX_EMPTY_LINES),
    ("bytes of a document for `new --from`", document_file.MAX_BYTES),
    ("bytes of a scenario or profile", scenario_file._MAX_BYTES),
    ("bytes of any other file that a command reads, without a limit in its options", bounded_file.MAX_BYTES),
    ("seconds for a call of the control API, to the last byte of its reply", connection._TIMEOUT),
    ("the same for a call that runs jobs, replays calls or carries a file", connection._WORK_TIMEOUT),
    ("bytes of a reply of the control API", connection._MAX_BYTES),
    ("seconds for one answer that `mockserver wait` waits for", wait._PATIENCE),
]


def test_the_page_has_every_limit_in_order() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| [^|]+ \|$", PAGE, re.MULTILINE)
    assert [(name, int(most)) for name, most in rows] == LIMITS


def test_parameters_are_reported_as_members_are() -> None:
    assert validation._MAX_UNKNOWN == unknown_properties._MAX_FOUND


def test_calls_to_unknown_vendors_have_the_limits_of_the_journal() -> None:
    assert unknown_vendor._MAX_TEXT_LENGTH == journal_entry._MAX_TEXT_LENGTH
    assert unknown_vendor._MAX_HEADERS == journal_entry._MAX_HEADERS
