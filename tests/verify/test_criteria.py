import pytest

from mockserver.verify.criteria import Criterion
from mockserver.verify.expressions import ExpressionContext

CONTEXT = ExpressionContext(
    inputs={"name": "Ada"},
    status=200,
    response={
        "header": {"content-length": "5"},
        "body": {"name": "Ada", "age": 36, "yes": True, "none": None, "list": [1, 2], "text": "5 apples"},
    },
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$statusCode == 200", True),
        ("$statusCode != 200", False),
        ("$statusCode == 201", False),
        ("$response.body#/name == 'Ada'", True),
        ("$response.body#/name == 'ada'", False),
        ("$response.body#/name == $inputs.name", True),
        ("'Ada' == $response.body#/name", True),
        ("$response.body#/age > 35", True),
        ("$response.body#/age >= 36", True),
        ("$response.body#/age < 36", False),
        ("$response.body#/age <= 36.5", True),
        ("$response.body#/name > 35", False),
        ("$response.body#/yes == true", True),
        ("$response.body#/yes == 1", False),
        ("$response.body#/yes != 1", True),
        ("$response.body#/yes >= 1", False),
        ("$response.body#/yes <= true", False),
        ("$response.body#/age > false", False),
        ("'1' == true", False),
        ("'1' >= true", False),
        ("$response.body#/none == null", True),
        ("$response.body#/none == false", False),
        ("$response.header.Content-Length == 5", True),
        ("$response.body#/text == 5", False),
        ("$statusCode == 201 || $response.body#/age == 36", True),
        ("$statusCode == 201 || $response.body#/age == 35", False),
        ("$statusCode == 200 && $response.body#/age == 35", False),
        ("$statusCode == 200 && $response.body#/age == 35 || $response.body#/yes == true", True),
        ("$response.body#/yes == true || $statusCode == 200 && $response.body#/age == 35", True),
    ],
)
def test_simple_conditions(condition: str, holds: bool) -> None:
    criterion = Criterion(condition)
    assert criterion.find_error() is None
    assert criterion.holds(CONTEXT) is holds
    assert (criterion.explain_failure(CONTEXT) is None) is holds


@pytest.mark.parametrize(
    ("condition", "kind", "context", "holds"),
    [
        (r"^5 \w+$", "regex", "$response.body#/text", True),
        ("^apples", "regex", "$response.body#/text", False),
        (r"^\[1,2\]$", "regex", "$response.body#/list", True),
        ("^200$", "regex", "$statusCode", True),
        ("$.list[1]", "jsonpath", "$response.body", True),
        ("$[?count($.list[*]) == 3]", "jsonpath", "$response.body", False),
    ],
)
def test_regex_and_jsonpath(condition: str, kind: str, context: str, holds: bool) -> None:
    criterion = Criterion(condition, kind, context)
    assert criterion.find_error() is None
    assert criterion.holds(CONTEXT) is holds


def test_explain_failure() -> None:
    assert (
        Criterion("$response.body#/name == 'Bob'").explain_failure(CONTEXT) == "$response.body#/name is 'Ada'"
    )
    assert Criterion("$response.body#/no == 1").explain_failure(CONTEXT) == "$response.body#/no has no value"
    assert (
        Criterion("^6", "regex", "$response.body#/text").explain_failure(CONTEXT)
        == "$response.body#/text is '5 apples'"
    )
    long = ExpressionContext(response={"header": {}, "body": "x" * 500})
    assert len(Criterion("^6", "regex", "$response.body").explain_failure(long) or "") < 200


@pytest.mark.parametrize(
    ("criterion", "error"),
    [
        (Criterion("$statusCode"), "not a comparison"),
        (Criterion("$statusCode == "), "not a comparison"),
        (Criterion("== 200 =="), "not a comparison"),
        (Criterion("$statusCode == 200 =="), "not a comparison"),
        (Criterion("$statusCode == 200 == 200 == 200"), "not a comparison"),
        (Criterion("($statusCode == 200)"), "cannot parse"),
        (Criterion("$outputs.id == 1"), "cannot parse"),
        (Criterion("["), "cannot parse"),
        (Criterion("(", "regex", "$response.body"), "invalid regular expression"),
        (Criterion("$[0:1]", "jsonpath", "$response.body"), "not supported"),
        (Criterion("^a", "regex", "$response"), "not a supported expression"),
        (Criterion("^a", "regex"), "not a supported expression"),
    ],
)
def test_unsupported_criteria(criterion: Criterion, error: str) -> None:
    assert error in (criterion.find_error() or "")
