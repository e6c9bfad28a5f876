"""Assertions on a journal: what is expected of its calls, the verdict, and its explanation in words.

The server judges what clients of any language send it (`json_form.py`); the Python client judges what JSON
cannot express, such as functions, by the same modules. They need the standard library only.
"""
