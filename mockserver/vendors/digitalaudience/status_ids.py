"""The names that a thing's state goes by, with their numbers.

Documented are NODATA 5, New 0 and ONBOARDING 0. The order of the data states is that in which the vendor
counts a segment's items; the other numbers are a guess.
"""

from typing import Final

DATA: Final = {"READY": 0, "PROCESSING": 1, "PENDING": 2, "UPLOAD": 3, "FAILED": 4, "NODATA": 5}
"""States of an audience's data, and of its insights (READY and PENDING)."""

ACTIVATION: Final = {"New": 0, "Active": 1, "Ended": 2}
TYPES: Final = {"ONBOARDING": 0, "LOOKALIKE": 1, "COLLABORATION": 2}
SEGMENT: Final = {"New": 0, "Active": 1, "Ended": 2}
