"""The document store: its verbs, and their implementations on SQLite and PostgreSQL."""
