"""Functions over text and JSON values: pointers, timestamps, YAML and its cache, suggestions, escaping."""
