"""Stateful fakes of marketing audience APIs, held to OpenAPI contracts."""

__version__ = "0.1.0"
