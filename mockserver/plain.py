"""Text that somebody else chose, made fit for a line of a log or of a terminal."""


def plain(text: str) -> str:
    """The text without anything that would move a cursor, end a line or turn writing round: escaped."""
    return (
        text if text.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in text)
    )


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
