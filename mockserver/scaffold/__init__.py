"""Scaffold of a new vendor: copies `template/` under another name into a checkout of this project."""
