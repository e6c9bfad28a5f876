"""Redirect hooks for urllib3-future where it is installed beside urllib3, and so for niquests."""

from importlib import import_module
from typing import Final

from mockserver.redirection.urllib3 import patch_points

PATCH_POINTS: Final = patch_points(import_module("urllib3_future"))
"""Class, method and hook factory of each function that is replaced."""
