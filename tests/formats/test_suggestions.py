from mockserver.formats.suggestions import suggest


def test_suggestions_ignore_case() -> None:
    assert suggest("LIMT", ["page", "limit"]) == "limit"
    assert suggest("firstname", ["firstName", "lastName"]) == "firstName"
    assert suggest("x", ["page", "limit"]) is None
    assert suggest("x", []) is None


def test_suggestions_do_not_depend_on_order() -> None:
    assert suggest("ab", ["ad", "ac"]) == suggest("ab", ["ac", "ad"])


def test_a_very_long_word_has_no_suggestion() -> None:
    assert suggest("a" * 300, ["a" * 300]) is None
