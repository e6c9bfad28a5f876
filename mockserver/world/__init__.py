"""The store and all that lives in it. Knows no vendor, no contract, no HTTP library."""
