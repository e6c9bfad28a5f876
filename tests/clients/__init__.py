"""Small clients as teams write them: a careful one of each vendor, and versions with one flaw each."""
