"""Resources: handlers that a contract describes by itself (`x-resources`, `x-resource`), without code."""
