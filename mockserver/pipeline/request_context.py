"""The findings of the pipeline's stages about one call, for its journal entry."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mockserver.contract.operation import Operation
from mockserver.contract.root_rules import RootRules
from mockserver.contract.validation import UnknownProperty, Violation
from mockserver.pipeline.rate_limiting import RateLimiter
from mockserver.state.change_log import ChangeLog
from mockserver.state.faults import Fault
from mockserver.state.job_runs import JobRuns


class RequestContext:
    """The findings about one call. Each stage writes its own; `journal_entry` reads them all.

    `kind_of_error` is the exchange's `flaw`, `error_message` its `why`, `suggestion` its `nearest`.
    `media_type` is the negotiated one of the reply ("": the contract's first). `varying` are the headers that
    each reply gets anew; `asked_for_id`: whether the handler did ask for the call's id. `changes` are the
    records that the handler changed, `job_runs` the jobs that ran before and after it. `rules` are those at
    the root of the contract, by the world's switches.

    The defaults belong to the class: of most calls, little is found.
    """

    rules: RootRules
    operation: Operation | None = None
    problem: str | None = None
    violations: Sequence[tuple[str, Violation]] = ()
    unknown_properties: tuple[UnknownProperty, ...] = ()
    kind_of_error: str | None = None
    suggestion: str | None = None
    error_message: str | None = None
    faults: Sequence[Fault] = ()
    rate_limiter: RateLimiter | None = None
    media_type: str = ""
    is_acceptable: bool = True
    varying: Mapping[str, str] = MappingProxyType({})
    asked_for_id: bool = False
    changes: ChangeLog | None = None
    job_runs: tuple[JobRuns, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """The rate limit headers of the reply."""
        return self.rate_limiter.headers if self.rate_limiter else {}

    def record_result(self, status: int) -> None:
        """Counts the reply's status against the rate limits."""
        if self.rate_limiter:
            self.rate_limiter.record_result(status)
