"""Texts of callers."""


def trim(text: str) -> str:
    """Without the blanks around it; one of nothing but blanks stays, for the contract has let it pass."""
    return text.strip() or text
