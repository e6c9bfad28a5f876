"""Is it true: holds a server, ours or the real one, against a vendor's contract and its stories."""
