"""Pure functions over text and JSON values: pointers, timestamps, YAML, suggestions, escaping."""
