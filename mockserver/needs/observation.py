"""The observation of one run of a function: what it returned or raised, and the calls that it made."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from sysconfig import get_path
from traceback import extract_tb
from typing import Any, Final

from mockserver.call import Exchange

SIGNS: Final = ("result", "calls")
_MAX_ERROR_LENGTH: Final = 80


@dataclass(frozen=True)
class Observation:
    """One run: the result, the calls (method, path with its query, body), the error, and its exchanges."""

    result: Any
    calls: Sequence[tuple[str, str, str]]
    error: BaseException | None
    exchanges: Sequence[Exchange]

    @property
    def is_affected(self) -> bool:
        """Whether a fault affected a call of the run."""
        return any(exchange["fault"] for exchange in self.exchanges)


def observe(run: Callable[[], object], read_exchanges: Callable[[], list[Exchange]]) -> Observation:
    """Run a function and see what it does. Only interrupts are raised."""
    result, raised = None, None
    try:
        result = _copy(run())
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # pytest.fail and sys.exit are failures too
        raised = error
    exchanges = read_exchanges()
    calls = [(one["call"]["method"], one["call"]["url"], one["call"]["body"]) for one in exchanges]
    return Observation(result, calls, raised, exchanges)


def _copy(result: Any) -> Any:
    """The result as it is now, where it can be copied: the function may go on to change it."""
    try:
        return deepcopy(result)
    except Exception:  # open files, locks and the like are compared as they are
        return result


def describe_error(error: BaseException) -> str:
    """The error on one line, with the place in the client that raised it."""
    text = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_ERROR_LENGTH]
    foreign = (get_path("stdlib"), get_path("purelib"), get_path("platlib"), str(Path(__file__).parents[1]))
    own = [one for one in extract_tb(error.__traceback__) if not one.filename.startswith(foreign)]
    return f"{text} at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else text
