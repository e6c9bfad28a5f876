from pathlib import Path

import pytest

from mockserver.contract.document import Document
from mockserver.errors import InvalidContractError
from mockserver.formats.json_pointer import format_pointer, parse_pointer
from mockserver.paths import contracts


@pytest.fixture
def document() -> Document:
    return Document(
        {
            "a/b": [{"c~d": 1}],
            "first": {"$ref": "#/second"},
            "second": {"$ref": "#/a~1b/0"},
            "egg": {"$ref": "#/hen"},
            "hen": {"$ref": "#/egg"},
            "": "empty",
        },
        "x/openapi.yaml",
    )


def test_a_chain_of_references_is_resolved(document: Document) -> None:
    assert document.resolve({"$ref": "#/first"}) == {"c~d": 1}


@pytest.mark.parametrize("node", [{"type": "object"}, [1], "text", None, {"$ref": 1}])
def test_other_values_resolve_to_themselves(node: object, document: Document) -> None:
    assert document.resolve(node) is node


@pytest.mark.parametrize(
    ("reference", "found"), [("#/a~1b/0/c~0d", 1), ("#/", "empty"), ("#/a~1b/0", {"c~d": 1})]
)
def test_a_reference_is_a_json_pointer(reference: str, found: object, document: Document) -> None:
    assert document.resolve_reference(reference) == found


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("#/nobody", "x/openapi.yaml: $ref #/nobody does not resolve; add its target"),
        ("#/a~1b/7", "does not resolve"),
        ("#/a~1b/x", "does not resolve"),
        ("#/a~1b/0/c~0d/deeper", "does not resolve"),
        ("#anchor", "is not local; move its target into this file"),
        ("other.yaml#/a", "is not local"),
    ],
)
def test_an_unresolvable_reference_is_rejected(reference: str, message: str, document: Document) -> None:
    with pytest.raises(InvalidContractError) as caught:
        document.resolve_reference(reference)
    assert message in str(caught.value)


def test_a_circular_reference_is_rejected(document: Document) -> None:
    with pytest.raises(InvalidContractError, match="is circular; break the cycle"):
        document.resolve({"$ref": "#/egg"})


@pytest.mark.parametrize("tokens", [[], [""], ["a/b", "c~d", "~1"], ["0", "e f"]])
def test_pointers_and_tokens_are_converted(tokens: list[str]) -> None:
    assert parse_pointer(format_pointer(tokens)) == tokens


def test_numbers_index_arrays() -> None:
    assert format_pointer(["people", 0]) == "/people/0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read (No such file or directory); put the contract at "),
        ("a: [", "is not YAML ("),
        ("- a", "is not a mapping; start it with `openapi: 3.1.0`"),
    ],
)
def test_a_file_that_is_not_a_document_is_rejected(text: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidContractError) as caught:
        Document.read(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_is_named_by_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "shelf" / "openapi.yaml"
    path.parent.mkdir()
    path.write_text("no: NO\nsince: 2024-01-01\n200: true\n")
    document = Document.read(path, checks_shape=False)
    assert document.name == "shelf/openapi.yaml"
    assert document.root == {"no": "NO", "since": "2024-01-01", "200": True}


@pytest.mark.parametrize(
    "path", sorted(contracts().glob("*/*.yaml")), ids=lambda one: f"{one.parent.name}-{one.stem}"
)
def test_our_documents_have_no_merge_keys(path: Path) -> None:
    # Readers of YAML 1.2 take `<<` for a member, and the document then lacks what it stands for.
    assert "<<:" not in path.read_text(encoding="utf-8")
