"""Tools for agents over the control API, made from its contract."""
