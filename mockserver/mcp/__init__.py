"""The Model Context Protocol: tools over the control API, made from its contract, and their server."""
