"""Names of states and types, with their ids.

Only NODATA 5, New 0 and ONBOARDING 0 are documented; the other ids are inferred. The data states are in the
order in which the vendor counts the items of a segment.
"""

from typing import Final

DATA: Final = {"READY": 0, "PROCESSING": 1, "PENDING": 2, "UPLOAD": 3, "FAILED": 4, "NODATA": 5}
"""States of an audience's data; insights use READY and PENDING."""

ACTIVATION: Final = {"New": 0, "Active": 1, "Ended": 2}
LIFETIME: Final = {"Active": 0, "Expired": 1}
TYPES: Final = {"ONBOARDING": 0, "LOOKALIKE": 1, "COLLABORATION": 2}
SEGMENT: Final = {"New": 0, "Active": 1, "Ended": 2}
