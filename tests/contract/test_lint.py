"""One mutation of a valid contract for each error that lint finds."""

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.lint import lint
from mockserver.formats.json_pointer import parse_pointer
from mockserver.verify import vendor_lint

_GONE = object()
_BOOKS = "/paths/~1books/get"
_NEW = "/paths/~1books/post"
_BOOK = "/components/schemas/Book"
_TITLE = f"{_BOOK}/properties/title"
_LIMIT = f"{_BOOKS}/parameters/0"
_TOTAL = f"{_BOOKS}/responses/200/headers/X-Total"
_SENT = f"{_NEW}/requestBody/content/application~1json"
_MADE = f"{_NEW}/responses/201"
_LISTED = f"{_BOOKS}/responses/400/content/application~1json/examples"
_UNFIT = "/components/examples/unfit"


def _bent(root: dict[str, Any], changes: Mapping[str, Any]) -> Contract:
    for where, value in changes.items():
        *way, last = parse_pointer(where)
        node: Any = root
        for token in way:
            node = node[int(token)] if isinstance(node, list) else node[token]
        key: Any = int(last) if isinstance(node, list) else last
        if value is _GONE:
            del node[key]
        else:
            node[key] = value
    return Contract(Document(root, "shelf/openapi.yaml"))


def test_a_valid_contract_has_no_diagnostics(shelf: Contract) -> None:
    assert lint(shelf) == []


@pytest.mark.parametrize("form", ["password", "binary"])
def test_formats_that_allow_any_text(root: dict[str, Any], form: str) -> None:
    assert lint(_bent(root, {f"{_TITLE}/format": form})) == []


_FOUND: dict[str, tuple[dict[str, Any], str]] = {
    # secrets
    "secret in a path": (
        {"/paths/~1books~1{title}/parameters/0/schema/format": "password"},
        "/parameters/0: a secret in a path would be logged; send it in a header",
    ),
    # partial failure
    "partial incomplete": (
        {f"{_NEW}/x-partial": {"items": "/tags"}},
        "#/paths/~1books/post/x-partial: x-partial is not complete",
    ),
    "partial without items": (
        {f"{_NEW}/x-partial": {"items": "/people", "results": "/tags", "failed": {}}},
        "x-partial finds no /people in the body's example",
    ),
    "partial without results": (
        {
            f"{_NEW}/x-partial": {"items": "/tags", "results": "/people", "failed": {}},
            f"{_SENT}/example": {"title": "Momo", "tags": ["a"]},
        },
        "x-partial finds no /people in the reply's example",
    ),
    # pages
    "pages incomplete": (
        {f"{_BOOKS}/x-pages": {"by": ["limit"], "items": ""}},
        "#/paths/~1books/get/x-pages: x-pages is not complete; give it by, items, and either next or size",
    ),
    "pages by an unknown name": (
        {f"{_BOOKS}/x-pages": {"by": ["offset"], "items": "", "size": "limit"}},
        "x-pages offset is neither a query parameter nor a member of the body; name one of full, limit",
    ),
    "pages without items": (
        {f"{_BOOKS}/x-pages": {"by": ["limit"], "items": "/books", "size": "limit"}},
        "x-pages finds no /books in the reply's example",
    ),
    "pages without a next": (
        {f"{_BOOKS}/x-pages": {"by": ["limit"], "items": "", "next": "/next"}},
        "x-pages finds no /next in the reply's example",
    ),
    # the document
    "invalid": ({"/info/version": _GONE}, '#/info: not valid OpenAPI 3.1 ("version" is a required property)'),
    "invalid deep": (
        {f"{_LIMIT}/in": "body"},
        '#/paths/~1books/get/parameters/0/in: not valid OpenAPI 3.1 ("body" is not one of',
    ),
    "unknown keyword": ({"/webhooks": {}}, "#/webhooks: webhooks is not supported in a document"),
    "misspelt extension": (
        {"/x-problem": {}},
        "#/x-problem: x-problem is not supported in a document; did you mean x-problems?",
    ),
    "callbacks": ({f"{_NEW}/callbacks": {}}, "callbacks is not supported in an operation"),
    "servers of an operation": ({f"{_NEW}/servers": []}, "servers is not supported in an operation"),
    "encoding": ({f"{_SENT}/encoding": {}}, "encoding is not supported in a media"),
    "reserved": ({f"{_LIMIT}/allowReserved": True}, "allowReserved is not supported in a parameter"),
    "server of a link": ({f"{_MADE}/links/book/server": {"url": "/"}}, "server is not supported in a link"),
    "beside a reference": (
        {f"{_LISTED}/unfit/x-source": "docs"},
        "x-source is not supported in a reference",
    ),
    # references
    "reference to another file": (
        {f"{_BOOK}/properties/parts/items/$ref": "other.yaml#/Book"},
        "parts/items/$ref: $ref other.yaml#/Book is not local; move its target into this file",
    ),
    "reference to nothing": (
        {f"{_NEW}/responses/401/$ref": "#/components/responses/Nobody"},
        "responses/401/$ref: $ref #/components/responses/Nobody does not resolve",
    ),
    "circular reference": (
        {"/components/responses/Unauthorized": {"$ref": "#/components/responses/Unauthorized"}},
        "$ref #/components/responses/Unauthorized is circular",
    ),
    "schema elsewhere": (
        {f"{_SENT}/schema/$ref": "#/paths/~1books/get/parameters/0/schema"},
        "of a schema leaves #/components/schemas/",
    ),
    # schemas
    "discriminator": (
        {f"{_BOOK}/discriminator": {"propertyName": "title"}},
        "discriminator is not supported in a schema",
    ),
    "nullable": ({f"{_TITLE}/nullable": True}, "nullable is not supported in a schema"),
    "misspelt keyword": (
        {f"{_TITLE}/minLenght": 2},
        "minLenght is not supported in a schema; did you mean minLength?",
    ),
    "format": (
        {f"{_TITLE}/format": "ipv4"},
        "title/format: format ipv4 is not asserted; use one of date, date-time",
    ),
    "dollar inside": ({f"{_TITLE}/pattern": "^a$|^b$"}, "title/pattern: the pattern has a $ before its end"),
    "not in Python": ({f"{_TITLE}/pattern": r"^\p{L}"}, "the pattern does not compile in Python (bad escape"),
    "not in Rust": ({f"{_TITLE}/pattern": r"(?#no)a"}, "the pattern does not compile in Rust"),
    "pattern of names": (
        {f"{_BOOK}/patternProperties": {"$a": {}}},
        "patternProperties/$a: the pattern has a $ before its end",
    ),
    # examples
    "invalid example of a body": (
        {f"{_SENT}/example": {"isbn": "x"}},
        "example: the example does not fit its schema ('title' is a required property); fix one of them",
    ),
    "invalid example by reference": (
        {"/components/examples/momo/value": []},
        "examples/momo: the examples does not fit its schema ([] is not of type 'object')",
    ),
    "invalid example of a parameter": (
        {f"{_LIMIT}/example": 0},
        "parameters/0/example: the example does not fit",
    ),
    "invalid example of a header": ({f"{_TOTAL}/example": -1}, "X-Total/example: the example does not fit"),
    "invalid default": ({f"{_TITLE}/default": ""}, "title/default: the default does not fit"),
    "invalid example of a schema": (
        {f"{_TITLE}/examples": ["a", 1]},
        "title/examples/1: the examples does not fit",
    ),
    "body without an example": ({f"{_SENT}/example": _GONE}, "requestBody: application/json has no example"),
    "reply without an example": (
        {f"{_MADE}/content/application~1json/examples": _GONE, "/components/examples/momo": _GONE},
        "responses/201: application/json has no example",
    ),
    # operations
    "operationId": ({f"{_BOOKS}/operationId": "listBooks"}, "operationId listBooks is not in snake_case"),
    "no operationId": ({f"{_BOOKS}/operationId": _GONE}, "GET /books: has no operationId"),
    "twice the same operationId": (
        {f"{_BOOKS}/operationId": "get_latest_book"},
        "Operation ID 'get_latest_book' for 'get' in '/books/latest' is not unique",
    ),
    "summary": ({f"{_BOOKS}/summary": _GONE}, "operation list_books has no summary"),
    "2xx": ({"/paths/~1books~1{title}/delete/responses/204": _GONE}, "declares no 2xx reply"),
    "2XX": (
        {"/paths/~1books~1{title}/delete/responses": {"2XX": {"description": ""}}},
        "declares no 2xx reply",
    ),
    "path parameter not in the path": (
        {
            "/paths/~1books~1latest/parameters": [
                {"name": "t", "in": "path", "required": True, "schema": {"type": "string"}}
            ]
        },
        "Path parameter 't' for 'get' operation in '/books/latest' was not resolved",
    ),
    "path parameter not declared": (
        {"/paths/~1books~1{title}/parameters": _GONE},
        "Path parameter 'title' for 'get' operation in '/books/{title}' was not resolved",
    ),
    "catches nothing": (
        {"/paths/~1books/x-catches": ["/books/", "books"]},
        "#/paths/~1books/x-catches: x-catches /books/ is not a path; write a path such as /files/{name}",
    ),
    "twin paths": (
        {"/paths/~1books~1{id}": {"get": {}}, "/paths/~1books~1{id}/get": _GONE},
        "/books/{id} and /books/{title} are the same path",
    ),
    "link to an unknown operation": (
        {f"{_MADE}/links/book/operationId": "find_book"},
        "the link's target find_book is not an operation",
    ),
    "link with an unknown parameter": (
        {f"{_MADE}/links/book/parameters": {"name": "x"}},
        "the link sends get_book an unknown parameter name",
    ),
    "first call": ({"/x-first-call": "open"}, "#/x-first-call: x-first-call open is not an operation"),
    "conduct of an unknown operation": (
        {"/x-conduct": {"login": "open"}},
        "#/x-conduct: x-conduct names the operation open, which does not exist; name an operation, such as",
    ),
    "conduct of an unknown problem": (
        {"/x-conduct": {"retry_after": {"busy": "/seconds"}}},
        "#/x-conduct: x-conduct names the problem busy, which does not exist; name a problem, such as",
    ),
    "first call without an example": (
        {f"{_SENT}/example": _GONE},
        "x-first-call create_book has no example of its body",
    ),
    # parameters and headers
    "style": (
        {f"{_LIMIT}/style": "spaceDelimited"},
        "parameters/0/style: style spaceDelimited is not supported in query; use form",
    ),
    "parameter without a type": (
        {f"{_LIMIT}/schema": {"minimum": 1}},
        "cannot be read as a schema without a type",
    ),
    "parameter of two types": (
        {f"{_LIMIT}/schema": {"type": ["string", "integer"]}},
        "the text of the parameter cannot be read as string or integer",
    ),
    "parameter that is an object": (
        {f"{_BOOKS}/parameters/5/schema/type": "object"},
        "parameter cannot be read as object",
    ),
    "array of objects": (
        {f"{_BOOKS}/parameters/1/schema/items/type": "object", f"{_BOOKS}/parameters/1/example": _GONE},
        "cannot be read as object",
    ),
    "array in a header": (
        {f"{_TOTAL}/schema": {"type": "array"}},
        "the text of the header cannot be read as array",
    ),
    "parameter without a schema": (
        {f"{_BOOKS}/parameters/5": {"name": "ratio", "in": "query", "content": {"application/json": {}}}},
        "the parameter has no schema",
    ),
    "beside a parameter's reference": (
        {
            f"{_BOOKS}/parameters/5/schema": {"$ref": "#/components/schemas/Size", "maximum": 3},
            "/components/schemas/Size": {"type": "number"},
        },
        "maximum beside a $ref is not supported in a parameter",
    ),
    # problems
    "problem in the response": (
        {f"{_LISTED}/unfit": {"value": {"error": "x", "id": 1}}},
        "problem unfit is defined in the response; move it to #/components/examples/unfit",
    ),
    "problem under another name": (
        {f"{_LISTED}/misfit": {"$ref": f"#{_UNFIT}"}},
        "problem unfit is listed as misfit",
    ),
    "problem of two statuses": (
        {
            f"{_NEW}/responses/409": {
                "description": "",
                "content": {"application/json": {"examples": {"unfit": {"$ref": f"#{_UNFIT}"}}}},
            }
        },
        "problem unfit has the status 409 here and 400 elsewhere",
    ),
    "problem of no status": (
        {
            f"{_NEW}/responses/5XX/content": {
                "application/json": {"examples": {"late": {"$ref": "#/components/examples/late"}}}
            },
            "/components/examples/late": {"value": 1},
        },
        "problem late has no status in 5XX",
    ),
    "problem in camel case": (
        {
            f"{_LISTED}/unFit": {"$ref": "#/components/examples/unFit"},
            "/components/examples/unFit": {"value": {"error": "", "id": 1}},
        },
        "problem unFit is not in snake_case",
    ),
    "problem without a value": (
        {"/components/examples/unreadable": {"summary": "x"}},
        "problem unreadable has no value",
    ),
    "unused example": ({"/components/examples/lost": {"value": 1}}, "lost is not referenced"),
    "x-fill of an example that is not a problem": (
        {"/components/examples/momo/x-fill": {"/title": "{x}"}},
        "momo has x-fill but is not a problem",
    ),
    "problem that does not fit": (
        {f"{_UNFIT}/value/id": "one"},
        "examples/unfit: the examples does not fit its schema at /id ('one' is not of type 'integer')",
    ),
    "problem that does not fit when filled in": (
        {"/components/schemas/Refusal/properties/error/maxLength": 17},
        "problem unfit, filled in, does not fit at /error",
    ),
    "fill of a missing member": (
        {f"{_UNFIT}/x-fill": {"/about/0": "{x}"}},
        "x-fill /about/0 is not in the value",
    ),
    "x-fill with no pointer": (
        {f"{_UNFIT}/x-fill": {"about": "{x}"}},
        "x-fill about is not in the value",
    ),
    "fill that is not a template": (
        {f"{_UNFIT}/x-fill": {"/error": "{reason"}},
        "x-fill /error is not a template (expected '}'",
    ),
    "fill of a position": (
        {f"{_UNFIT}/x-fill": {"/error": "{0}"}},
        "x-fill /error has a placeholder that is more than the name",
    ),
    "fill of a member": (
        {f"{_UNFIT}/x-fill": {"/error": "{call.path}"}},
        "x-fill /error has a placeholder that is more than the name",
    ),
    "fill with a format": (
        {f"{_UNFIT}/x-fill": {"/error": "{size:3}"}},
        "x-fill /error has a placeholder that is more than the name",
    ),
    "fill of nothing": ({f"{_UNFIT}/x-fill": {"/error": "plain"}}, "x-fill /error has nothing to fill in"),
    "fill of no problem": (
        {"/x-fill": {"/trace": "{id}"}},
        "#/x-fill/~1trace: x-fill /trace is not in any problem",
    ),
    # conditions
    "unknown condition": (
        {"/x-problems/call_invald": "unfit"},
        "unknown condition call_invald in x-problems; did you mean call_invalid?",
    ),
    "condition without a problem": (
        {"/x-problems/body_malformed": _GONE},
        "x-problems has no body_malformed",
    ),
    "condition of a credential": (
        {"/x-problems/credential_missing": _GONE},
        "x-problems has no credential_missing",
    ),
    "condition of the path": (
        {"/x-problems/path_unknown": _GONE},
        "#/x-problems: x-problems has no path_unknown",
    ),
    "condition of the content type": (
        {"/x-content-type-required": True},
        "x-problems has no content_type_missing",
    ),
    "condition of the media type": (
        {"/x-problems/media_type_unsupported": "unsupported"},
        "media_type_unsupported is answered with unsupported, which is not listed",
    ),
    "unlisted problem": (
        {"/paths/~1books~1{title}/get/responses/400": _GONE},
        "get/responses: call_invalid is answered with unfit, which is not listed",
    ),
    "unlisted problem of an override": (
        {f"{_BOOKS}/x-problems": {"call_invalid": "not_found"}},
        "call_invalid is answered with not_found, which is not listed",
    ),
    "unlisted problem of a parameter": (
        {f"{_LISTED}/untraceable": _GONE},
        "x-problem untraceable of parameter X-Trace is not listed by list_books",
    ),
    "unlisted problem of a body": (
        {f"{_NEW}/requestBody/x-problem": "not_found"},
        "x-problem not_found of the body is not listed by create_book",
    ),
    "unlisted problem of no operation": (
        {"/x-unrouted/405": _GONE},
        "#/x-unrouted: method_unknown is answered with wrong_method, which is not listed",
    ),
    # credentials
    "unknown scheme": (
        {f"{_NEW}/security": [{"Token": []}]},
        "post/security: unknown security scheme Token; add it to components/securitySchemes",
    ),
    "two schemes at once": (
        {f"{_NEW}/security": [{"Key": [], "Token": []}]},
        "security requires several schemes at once",
    ),
    "optional security": ({f"{_NEW}/security": [{"Key": []}, {}]}, "optional security is not supported"),
    "credential of an unknown scheme": (
        {"/x-credentials/key/scheme": "Door"},
        "credential key has the unknown scheme Door",
    ),
    "scheme without a credential": (
        {"/x-credentials": {}},
        "no credential of x-credentials presents the scheme Key",
    ),
    "unknown member of a credential": (
        {"/x-credentials/key/length": 3},
        "length is not supported in a credential",
    ),
    "invalid tenant": (
        {"/x-credentials/key/tenant": "The other one"},
        "x-credentials/key/tenant: credential key has an invalid tenant The other one",
    ),
    "beside nothing": (
        {"/x-credentials/secret": {"mint": "{hex}", "beside": "kee"}},
        "credential secret cannot be beside kee",
    ),
    "beside another, but presented": (
        {"/x-credentials/twin": {"mint": "{hex}", "scheme": "Key", "beside": "key"}},
        "credential twin cannot be beside key",
    ),
    "beside one of another tenant": (
        {"/x-credentials/secret": {"mint": "{hex}", "beside": "key", "tenant": "other"}},
        "credential secret and key have different tenants",
    ),
    "invalid mint": (
        {"/x-credentials/key/mint": "{number}"},
        "x-credentials/key/mint: credential key cannot be minted",
    ),
    "mint of one for all": ({"/x-credentials/key/mint": "secret"}, "credential key cannot be minted"),
    "no mint": ({"/x-credentials/key/mint": _GONE}, "credential key cannot be minted"),
    # sources
    "source": (
        {f"{_TITLE}/x-source": "rumour"},
        "title/x-source: unknown x-source rumour; use one of seed, docs",
    ),
    "source of the document": (
        {"/x-source": "docs"},
        "#/x-source: x-source of a document can only be inferred; remove it and declare one for each",
    ),
    "source of the components": (
        {"/components/x-source": "docs"},
        "#/components/x-source: x-source is not supported in a components",
    ),
    "operation without a source": (
        {f"{_BOOKS}/x-source": _GONE},
        "#/paths/~1books/get: the operation has no x-source; add x-source: seed, docs, observed or inferred",
    ),
    "problem without a source": (
        {f"{_UNFIT}/x-source": _GONE},
        "examples/unfit: the problem has no x-source",
    ),
    "problem of an unrouted call without a source": (
        {"/components/examples/not_found/x-source": _GONE},
        "examples/not_found: the problem has no x-source",
    ),
    "operation without evidence": (
        {f"{_BOOKS}/x-source-at": _GONE},
        "#/paths/~1books/get: the operation is docs without x-source-at; add x-source-at with a key of",
    ),
    "problem without evidence": (
        {"/components/examples/wrong_method/x-source-at": _GONE},
        "examples/wrong_method: the problem is observed without x-source-at",
    ),
    "evidence that is misspelt": (
        {f"{_BOOKS}/x-source-at": "guid"},
        "get/x-source-at: x-source-at guid is not in x-sources; did you mean guide?",
    ),
    "evidence that does not exist": (
        {f"{_NEW}/x-source-at": ["guide", "rumour"]},
        "post/x-source-at: x-source-at rumour is not in x-sources; add it there",
    ),
    "evidence without a source": (
        {f"{_TITLE}/x-source-at": "guide"},
        "title/x-source-at: x-source-at without an x-source beside it; add x-source: seed, docs or observed",
    ),
    "evidence of something inferred": (
        {f"{_BOOKS}/x-source": "inferred"},
        "get/x-source-at: x-source-at beside x-source: inferred; remove it",
    ),
    "evidence beside a reference": (
        {f"{_LISTED}/unfit/x-source-at": "guide"},
        "x-source-at is not supported in a reference",
    ),
    "sources that are not a mapping": (
        {"/x-sources": ["guide"]},
        "#/x-sources: x-sources is not a mapping; write a mapping of keys to {url: ",
    ),
    "source that is not used": (
        {"/x-sources/blog": {"url": "https://shelf.example/blog"}},
        "#/x-sources/blog: blog of x-sources is not used; use it in an x-source-at or remove it",
    ),
    "source with a key in another case": (
        {"/x-sources/The_guide": {"url": "https://shelf.example/docs"}, f"{_BOOKS}/x-source-at": "The_guide"},
        "#/x-sources/The_guide: the key The_guide of x-sources is not in kebab-case; rename it",
    ),
    "source with a number as its key": (
        {"/x-sources": {2026: {"url": "https://shelf.example/2026"}}},
        "#/x-sources/2026: 2026 of x-sources is not used",
    ),
    "source with a misspelt member": (
        {"/x-sources/client/pth": "tests"},
        "#/x-sources/client/pth: pth is not supported in a source; did you mean path?",
    ),
    "source with a source": ({"/x-sources/client/x-source": "docs"}, "x-source is not supported in a source"),
    "title alone of documentation": (
        {"/x-sources/guide": {"title": "Books"}},
        "guide of x-sources has only a title, but something other than seed uses it; write {url: ",
    ),
}

_ENTRIES: dict[str, tuple[Any, str]] = {
    "text": ("https://shelf.example/docs", "write {url: 'https://…'} or {repository: github.com/owner/name"),
    "nothing": ({}, "write {url: 'https://…'} or {repository: github.com/owner/name"),
    "page without a host": ({"url": "https:///docs"}, "correct its url"),
    "page on disk": ({"url": "file:///docs"}, "correct its url"),
    "repository with a scheme": ({"repository": "https://github.com/shelf/client"}, "correct its repository"),
    "repository without a host": ({"repository": "shelf/client"}, "correct its repository"),
    "repository with a folder": ({"repository": "github.com/shelf/client/tests"}, "correct its repository"),
    "path from the root": ({"repository": "github.com/shelf/client", "path": "/tests"}, "correct its path"),
    "path that is a number": ({"repository": "github.com/shelf/client", "path": 1}, "correct its path"),
    "path alone": ({"path": "tests", "title": "Tests"}, "add the repository of the path"),
    "both": (
        {"url": "https://shelf.example", "repository": "github.com/shelf/client"},
        "keep either the url or the repository",
    ),
    "empty title": ({"url": "https://shelf.example", "title": ""}, "correct its title"),
    "recording that is not marked by true": (
        {"url": "https://shelf.example", "recorded": "yes"},
        "write recorded: true, or leave it out",
    ),
}


@pytest.mark.parametrize("name", _FOUND)
def test_errors_are_found(name: str, root: dict[str, Any]) -> None:
    changes, expected = _FOUND[name]
    found = [str(one) for one in lint(_bent(root, changes))]
    assert [line for line in found if expected in line], found
    assert all("\n" not in line and line.count("; ") >= 1 for line in found)


@pytest.mark.parametrize("name", _ENTRIES)
def test_a_source_is_a_page_or_a_repository(name: str, root: dict[str, Any]) -> None:
    entry, fix = _ENTRIES[name]
    found = [str(one) for one in lint(_bent(root, {"/x-sources/guide": entry}))]
    what = "shelf/openapi.yaml#/x-sources/guide: guide of x-sources is not a page or a repository; "
    assert [line for line in found if line.startswith(what + fix)], found


@pytest.mark.parametrize("keys", [3, None, {}, [], [1], ["guide", "guide"]])
def test_evidence_is_one_key_or_a_list(keys: Any, root: dict[str, Any]) -> None:
    (found,) = lint(_bent(root, {f"{_BOOKS}/x-source-at": keys}))
    assert (found.where, found.what) == (
        f"shelf/openapi.yaml#{_BOOKS}/x-source-at",
        "x-source-at is not a key or a list of keys",
    )


def test_an_inferred_document_needs_no_other_source(root: dict[str, Any]) -> None:
    operations = [f"{where}/{member}" for where in (_BOOKS, _NEW) for member in ("x-source", "x-source-at")]
    changes = {"/x-source": "inferred", f"{_UNFIT}/x-source": _GONE, f"{_UNFIT}/x-source-at": _GONE}
    assert lint(_bent(root, changes | dict.fromkeys(operations, _GONE))) == []


def test_a_documented_part_of_an_inferred_document_needs_evidence(root: dict[str, Any]) -> None:
    (found,) = lint(_bent(root, {"/x-source": "inferred", f"{_BOOKS}/x-source-at": _GONE}))
    assert found.what == "the operation is docs without x-source-at"


def test_parts_need_no_source_and_may_have_evidence(root: dict[str, Any]) -> None:
    documented = {"x-source": "docs", "x-source-at": ["guide", "fork"]}
    changes = {
        f"{_TITLE}/x-source": "docs",
        f"{_BOOK}/x-source": _GONE,
        f"{_BOOK}/x-source-at": _GONE,
        "/components/schemas/Flag": {"type": "boolean", "x-source": "inferred"},
        f"{_BOOKS}/parameters/6/schema": {"$ref": "#/components/schemas/Flag", **documented},
        f"{_TOTAL}/x-source": "seed",
        f"{_TOTAL}/x-source-at": "letter",
        "/x-sources/fork": {"repository": "github.com/shelf/fork"},
    }
    assert lint(_bent(root, changes)) == []


def test_an_impossible_condition_need_not_be_listed(root: dict[str, Any]) -> None:
    anything = {"name": "title", "in": "path", "required": True, "schema": {"type": "string"}}
    changes = {
        "/paths/~1books~1{title}/parameters": [anything],
        "/paths/~1books~1{title}/get/responses/400": _GONE,
        "/paths/~1books~1{title}/delete/responses/400": _GONE,
    }
    assert lint(_bent(root, changes)) == []


@pytest.mark.parametrize("word", [{"format": "password"}, {"writeOnly": True}])
def test_secrets_are_declared_in_plain_openapi(word: dict[str, Any], root: dict[str, Any]) -> None:
    contract = _bent(root, {f"{_BOOK}/properties/isbn": {"type": "string", **word}})
    assert lint(contract) == []
    assert contract.redaction.body(b'{"isbn": "1"}') == '{"isbn":"…"}'.encode()


def test_without_the_validator_lint_names_the_package(
    shelf: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "openapi_spec_validator":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'audience-mockserver\[lint\]'$"):
        lint(shelf)


@pytest.mark.parametrize("name", vendor_lint.contract_names())
def test_our_contracts_have_no_diagnostics(name: str) -> None:
    assert [str(one) for one in vendor_lint.lint_vendor(name)] == []


_STORY = """
arazzo: 1.0.1
info: {{title: Stories, version: "1"}}
sourceDescriptions:
  - {{name: shelf, url: {url}, type: openapi}}
workflows:
  - workflowId: read
    steps:
      - {{stepId: one, operationId: {one}}}
      - {{stepId: two, operationId: $sourceDescriptions.{two}}}
      - {{stepId: three, workflowId: {three}}}
"""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"url": "./nowhere.yaml"},
            ["#/sourceDescriptions/0/url: file ./nowhere.yaml not found; name a contract beside it"],
        ),
        (
            {"one": "read_book"},
            ["#/workflows/0/steps/0: operationId read_book is not in its source; name one that is"],
        ),
        (
            {"two": "shelf.read_book"},
            ["#/workflows/0/steps/1: operationId read_book is not in shelf; name one that is"],
        ),
        (
            {"two": "desk.get_book"},
            ["#/workflows/0/steps/1: source desk is not in sourceDescriptions; add it there"],
        ),
        (
            {"three": "write"},
            ["#/workflows/0/steps/2: workflowId write is not in this file; name one that is"],
        ),
    ],
)
def test_stories_refer_to_existing_operations(
    changes: dict[str, str], expected: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    folder.joinpath("openapi.yaml").write_bytes(Path(__file__).with_name("shelf.yaml").read_bytes())
    words = {"url": "./openapi.yaml", "one": "list_books", "two": "shelf.get_book", "three": "read"} | changes
    path = folder / "stories.arazzo.yaml"
    path.write_text(_STORY.format(**words))
    assert [
        str(one).removeprefix("shelf/stories.arazzo.yaml") for one in vendor_lint.lint_stories(path)
    ] == expected


def test_stories_of_two_sources_name_the_source(tmp_path: Path) -> None:
    for name in ("shelf", "desk"):
        tmp_path.joinpath(f"{name}.yaml").write_bytes(Path(__file__).with_name("shelf.yaml").read_bytes())
    path = tmp_path / "stories.arazzo.yaml"
    path.write_text(
        "sourceDescriptions: [{name: shelf, url: shelf.yaml}, {name: desk, url: desk.yaml}]\n"
        "workflows: [{workflowId: read, steps: [{stepId: one, operationId: get_book}]}]\n"
    )
    (found,) = vendor_lint.lint_stories(path)
    assert found.fix == "write $sourceDescriptions.<source>.get_book"


@pytest.mark.parametrize(("text", "what"), [("a: [", "is not YAML"), ("- a", "is not valid in a story")])
def test_stories_must_be_yaml(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "stories.arazzo.yaml"
    path.write_text(text)
    assert [what in str(one) for one in vendor_lint.lint_for_runner(path)] == [True]
