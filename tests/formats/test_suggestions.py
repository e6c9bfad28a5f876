from mockserver.formats.suggestions import suggest


def test_the_nearest_whatever_its_case() -> None:
    assert suggest("LIMT", ["page", "limit"]) == "limit"
    assert suggest("firstname", ["firstName", "lastName"]) == "firstName"
    assert suggest("x", ["page", "limit"]) is None
    assert suggest("x", []) is None


def test_the_same_whatever_the_order() -> None:
    assert suggest("ab", ["ad", "ac"]) == suggest("ab", ["ac", "ad"])


def test_what_is_very_long_is_like_nothing() -> None:
    assert suggest("a" * 300, ["a" * 300]) is None
