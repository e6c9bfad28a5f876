"""OpenAPI contracts: reading, routing, validation, redaction, coverage and lint."""
