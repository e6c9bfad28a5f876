"""The scenarios that worlds can be created from, by name: the shipped ones, and those given to the server."""

from collections.abc import Mapping

from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.scenario import Scenario, load_scenario, scenario_names


class KnownScenarios:
    """Scenarios by name; the shipped ones are read when they are first needed."""

    def __init__(self, given: Mapping[str, Scenario]) -> None:
        self._loaded = dict(given)

    def names(self) -> list[str]:
        """The names, sorted."""
        return sorted({*scenario_names(), *self._loaded})

    def find(self, name: str) -> Scenario:
        """The scenario of this name. Raises the problems unknown_scenario and unfit_scenario."""
        if name not in self._loaded:
            if name not in scenario_names():
                raise Problem("unknown_scenario", scenario=name, known=", ".join(self.names()))
            try:
                self._loaded[name] = load_scenario(name)
            except InvalidScenarioError as error:
                raise Problem("unfit_scenario", reason=str(error)) from error
        return self._loaded[name]
