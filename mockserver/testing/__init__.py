"""What the pytest plugin is made of: strictness, coverage collection and the coverage report."""
