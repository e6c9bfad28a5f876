"""Parts of the pytest plugin: strictness check, coverage collector and coverage report."""
