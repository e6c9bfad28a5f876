"""Every exception of the project, in one tree.

    MockserverError
    ├── Problem                        the caller's fault: a named error response of the contract
    │   └── PlannedProblem             the same, planned by a fault
    ├── ShortCircuitError              a reply in place of the handler's: of a fault, to a preflight
    ├── ContractViolationError         our fault: a reply that the contract forbids
    ├── ExplanationTooLongError        a value that violates its schema in too many ways
    ├── FileTooLargeError              a file of more bytes than are read
    ├── RowTooLongError                a row of a file with more characters than are read
    ├── TooManyRowsError               a file of more rows than are read
    ├── InvalidContractError           a contract, or handlers that do not match it
    │   ├── InvalidVendorError         a vendor from outside that cannot be used
    │   └── UnknownVendorError         a vendor name without a contract
    ├── InvalidYamlError               a text that is not YAML
    ├── InvalidScenarioError           a scenario, or a profile
    │   ├── InvalidStateError          the file of an exported state
    │   └── InvalidCapsuleError        a replay capsule, or a world that none can be made of
    ├── InvalidAssertionError          an assertion on a journal, as it was sent
    ├── InvalidSearchError             a search in a journal, as it was sent
    ├── InvalidStoreError              a store URL, or a store of another version
    ├── StoreUnavailableError          the database does not answer just now
    ├── WouldBlockError                a thread that must not wait would have to
    ├── SeedDataMissingError           a call needs seed data that no call has needed before
    ├── RefusedRequestError            invalid HTTP, or a request beyond a limit
    ├── AddressInUseError              the port is taken
    ├── InvalidCertificateError        files for TLS, or a local CA, that cannot be used
    ├── ServerFailedError              the event loop of a server ended by an error
    ├── WorkerCrashLoopError           prefork workers that exit as soon as they start
    ├── NoSampleError                  no value that fits a schema is found
    ├── ScaffoldError                  `mockserver new` cannot write the vendor
    ├── UnsealableError                a call or an action with secrets that cannot all be taken out
    ├── OversizedBodyError             a packed request body that is too large unpacked
    ├── RedirectRefusedError           a strict redirect met a host of no vendor
    ├── WaitTooLongError               a wait, or the sum of them, beyond its limit
    ├── WaitStalledError               a thread keeps the clock from moving
    ├── NeedsUnknownError              the needs of a client cannot be found
    ├── FaultSearchError               a search for a bad day that cannot be made
    ├── RunawayClientError             a client that goes on calling
    ├── ControlError                   an error response of the control API, as its client sees it
    ├── AuthenticationError            credentials that the verified server rejects
    ├── ServerUnreachableError         no reply from the verified server
    │   └── ReplyLimitError            a reply, or a run, beyond its limits
    ├── InvalidBaselineError           a file of accepted findings
    ├── InvalidSightingsError          a file that is not one of sightings of live services
    ├── InvalidArchiveError            a file that is not an HTTP Archive
    ├── InvalidEntryError              one entry of an HTTP Archive
    ├── UnresolvedExpressionError      a runtime expression without a value
    ├── InvalidToolCallError           a call of a tool of `mockserver mcp` without an argument that it needs
    └── UnsupportedEditError           a place of a YAML text that cannot be edited

The text of each is one line: what is wrong, where, and how to fix it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.call import WireReply


class MockserverError(Exception):
    """Base of every exception that this project raises."""


class Problem(MockserverError):
    """A named error response of a vendor; its status and body are declared in the contract.

    `details` fill the parts of the body that vary (`x-fill` of the problem's example).
    """

    def __init__(self, name: str, **details: Any) -> None:
        super().__init__(name)
        self.name = name
        self.details = details


class PlannedProblem(Problem):
    """A problem that a fault has planned; parts without a detail stay as in the contract's example."""


class ShortCircuitError(MockserverError):
    """Ends a call with a reply that a fault has planned, or that needs no handler."""

    def __init__(self, reply: "WireReply") -> None:
        super().__init__(reply.status)
        self.reply = reply


class ContractViolationError(MockserverError):
    """A reply that the contract forbids: answered with 500, journalled, and it fails the test."""


class ExplanationTooLongError(MockserverError):
    """A value that violates its schema in more ways than are explained."""


class FileTooLargeError(MockserverError, ValueError):
    """A file with more bytes, once decompressed, than are read."""


class RowTooLongError(MockserverError, ValueError):
    """A row of a CSV file with more characters than are read."""


class TooManyRowsError(MockserverError, ValueError):
    """A CSV file with more rows than are read."""


class InvalidContractError(MockserverError, ValueError):
    """A contract that this server does not fully support, or that its handlers do not match."""

    def __init__(self, where: str, what: str, fix: str) -> None:
        super().__init__(f"{where}: {what}; {fix}")
        self.where = where
        self.what = what
        self.fix = fix


class InvalidVendorError(InvalidContractError):
    """A vendor from outside, in a package or a folder, that cannot be used."""


class UnknownVendorError(InvalidContractError):
    """No vendor has this name; the message lists the available ones."""

    def __init__(self, name: str, available: Iterable[str]) -> None:
        listed = ", ".join(available)
        super().__init__(f"vendor {name}", "unknown name", f"choose one of {listed}")
        self.args: tuple[Any, ...] = (f"unknown vendor {name!r} (available: {listed})",)


class InvalidYamlError(MockserverError, ValueError):
    """A text that the YAML parser rejects; the message is the parser's, on one line."""


class InvalidScenarioError(MockserverError, ValueError):
    """A scenario or a profile that cannot be used."""

    def __init__(self, where: str, what: str, fix: str) -> None:
        super().__init__(" ".join(f"{where}: {what}; {fix}".split()))
        self.where = where
        self.what = what
        self.fix = fix


class InvalidStateError(InvalidScenarioError):
    """The file of an exported state that cannot be used."""


class InvalidCapsuleError(InvalidScenarioError):
    """A replay capsule that cannot be used, or a world of which none can be recorded."""


class InvalidAssertionError(MockserverError, ValueError):
    """An assertion on a journal that makes no sense, or that JSON cannot express."""


class InvalidSearchError(MockserverError, ValueError):
    """A search in a journal that makes no sense."""


class InvalidStoreError(MockserverError, ValueError):
    """A store URL that cannot be used, or a store that another version has written."""


class StoreUnavailableError(MockserverError):
    """The database cannot be asked just now. `again`: nothing was stored, and a retry may succeed."""

    def __init__(self, reason: str, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class WouldBlockError(MockserverError):
    """A thread that must not wait met a lock of another one, named `lock`; nothing was written.

    Or (`lock` is None) it has used the store for longer than it may.
    """

    def __init__(self, lock: str | None) -> None:
        super().__init__(f"{lock!r} is locked by another call" if lock else "the call takes too long here")
        self.lock = lock


class SeedDataMissingError(MockserverError):
    """A call needs the seed data of a vendor in `space`, which must be written first; nothing was written."""

    def __init__(self, space: str, vendor: str) -> None:
        super().__init__(f"the seed data of {vendor} in {space} is not written; call `ensure_loaded` first")
        self.space = space
        self.vendor = vendor


class RefusedRequestError(MockserverError):
    """A request that the HTTP server refuses before any application sees it."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.request: Any = None
        """The `HttpRequest` without its body, if the head was accepted."""
        self.reason = ""
        """A reason phrase in place of the usual one."""


class AddressInUseError(MockserverError, OSError):
    """Another process listens on the address."""


class InvalidCertificateError(MockserverError, ValueError):
    """A certificate, its key or the local CA that cannot be used for TLS."""


class ServerFailedError(MockserverError):
    """The event loop of a server has ended by an error, which is its cause."""


class WorkerCrashLoopError(MockserverError):
    """Worker processes exit as soon as they start."""


class NoSampleError(MockserverError, ValueError):
    """No value that fits a schema is found within the limits of the search."""


class ScaffoldError(MockserverError, ValueError):
    """A new vendor cannot be written here, or not under this name."""


class UnsealableError(MockserverError):
    """A call or an action has secrets that cannot all be taken out of it."""


class OversizedBodyError(MockserverError, ValueError):
    """A packed request body that is larger than allowed when it is unpacked."""


class RedirectRefusedError(MockserverError, ConnectionRefusedError):
    """A call left for a host that no vendor has, while a strict redirect is active."""


class WaitTooLongError(MockserverError):
    """A client waits longer than `waiting()` allows, or has waited longer in all."""


class WaitStalledError(MockserverError):
    """A client cannot wait: a thread of it neither waits nor ends, or its event loop has its own clock."""


class NeedsUnknownError(MockserverError, ValueError):
    """The needs of a function cannot be found: nothing to change, too many runs, or runs that differ."""


class FaultSearchError(MockserverError, ValueError):
    """A search for a bad day that cannot be made: nothing to search, or what fails on a good day."""


class RunawayClientError(MockserverError):
    """A client makes many times the calls of a good day."""


class ControlError(MockserverError):
    """An error response of the control API, or none at all.

    `problem` is its name in the control contract, or `unreachable`; `status` is then None.
    """

    def __init__(self, problem: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.problem = problem
        self.status = status


class AuthenticationError(MockserverError):
    """The credentials do not authenticate calls to the verified server."""


class ServerUnreachableError(MockserverError, OSError):
    """The verified server does not reply."""


class ReplyLimitError(ServerUnreachableError):
    """A reply that is too large or too deeply nested to be examined, or a run that takes too long."""


class InvalidBaselineError(MockserverError, ValueError):
    """A file that is not a baseline of accepted findings."""


class InvalidSightingsError(MockserverError, ValueError):
    """A file that does not say which operations of real services were seen."""


class InvalidArchiveError(MockserverError, ValueError):
    """A file that is not an HTTP Archive."""


class InvalidEntryError(MockserverError, ValueError):
    """An entry of an HTTP Archive that lacks a required member."""


class UnresolvedExpressionError(MockserverError, LookupError):
    """A runtime expression that has no value in this step."""


class UnsupportedEditError(MockserverError, ValueError):
    """A place of a YAML text that does not exist, or is written in a form that cannot be edited."""


class InvalidToolCallError(MockserverError, ValueError):
    """A call of a tool that lacks an argument, or has an unknown one; `next_call` is a right one."""

    def __init__(self, message: str, next_call: str) -> None:
        super().__init__(message)
        self.next_call = next_call
