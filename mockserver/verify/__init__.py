"""Conformance: checks a server, the fake or the real service, against a vendor's contract and its stories."""
