"""Whether a run is of all tests: only such a run can be held to what all of them reach."""

import pytest


def is_whole(config: pytest.Config) -> bool:
    """Whether nothing was chosen, left out or asked for instead."""
    options = config.option
    chosen = (options.keyword, options.deselect, options.ignore, options.ignore_glob, options.collectonly)
    again = (getattr(options, "lf", False), getattr(options, "stepwise", False))
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    # what pyproject.toml says, and nothing more
    return everything and options.markexpr == "not thorough" and not any([*chosen, *again])
