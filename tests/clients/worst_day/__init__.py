"""Clients that are right on most days: each with a bug that takes two or three events, and a correct twin."""
