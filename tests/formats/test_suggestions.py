from mockserver.formats.suggestions import most_like


def test_the_nearest_whatever_its_case() -> None:
    assert most_like("LIMT", ["page", "limit"]) == "limit"
    assert most_like("firstname", ["firstName", "lastName"]) == "firstName"
    assert most_like("x", ["page", "limit"]) is None
    assert most_like("x", []) is None


def test_the_same_whatever_the_order() -> None:
    assert most_like("ab", ["ad", "ac"]) == most_like("ab", ["ac", "ad"])


def test_what_is_very_long_is_like_nothing() -> None:
    assert most_like("a" * 300, ["a" * 300]) is None
