"""The stages of the sample clients: the world each plays in, its data, its flaws and what it reads."""
