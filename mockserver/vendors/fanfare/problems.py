"""Problems of Fanfare with details that its modules build alike."""

from mockserver.errors import Problem


def validation_failed(*errors: tuple[str, str]) -> Problem:
    """The problem validation_failed with these (field, message) pairs."""
    details = [{"field": field, "message": message} for field, message in errors]
    return Problem("validation_failed", details=details)
