"""Four clients of one shop, each in a style of its own: a sync job, webhooks, an import, a session."""
