"""Obstacles: reasons why calls were not carried out, as opposed to findings.

A wrong key, a wrong base path or a proxy's page says nothing about the contract. Some replies are an obstacle
in any case; others only if the service accepted no call at all, since a single 401 or 404 may be a finding.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Final, NamedTuple

from mockserver.contract.contract import Contract
from mockserver.contract.operation import is_json
from mockserver.contract.validation import find_reply_spec
from mockserver.verify.http_client import Response
from mockserver.verify.reply_validation import matched_problem
from mockserver.verify.result import Case, HttpExchange, VerificationResult

MAX_HINDERED_IN_A_ROW: Final = 3
"""The run stops after this many: wrong credentials may lock an account, and timeouts add up."""

_GATEWAY_STATUSES: Final = (407, 502, 503, 504, 511)
_NOT_FOUND_STATUSES: Final = (404, 405, 410, 501)
_PAGES: Final = ("text/html", "application/xhtml+xml")


class _Kind(NamedTuple):
    """A kind of reply that may be an obstacle. `decided_by` is what proves that it is a finding instead."""

    problem: str
    fix: str
    decided_by: str


_LIMITED: Final = _Kind("is rate limited", "wait, or pass a lower --rate", "nothing")
_GATEWAY: Final = _Kind("was answered by a gateway or proxy", "check the service behind it", "nothing")
_REJECTED: Final = _Kind(
    "was rejected, as was every call with this credential",
    "correct the credentials, or the path of --url",
    "acceptance",
)
_NOT_FOUND: Final = _Kind("was not found, as every call", "correct the path of --url", "answer")
_REDIRECTED: Final = _Kind(
    "was redirected, as every call; redirects are not followed", "correct --url", "answer"
)
_PAGE: Final = _Kind("was answered by a page, as every call", "correct --url, or bypass the proxy", "answer")


class Judge:
    """Tells obstacles from findings, case by case, by all cases so far; `verdicts` decides by all of them."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._cases: list[Case] = []
        self._served: set[str] = set()
        self._answered: set[str] = set()
        self._accepted: set[tuple[str, str]] = set()

    def add(self, case: Case) -> Case:
        """The case as judged by what is known so far."""
        self._cases.append(case)
        for exchange in case.exchanges:
            self._learn(exchange)
        return self._judged(case)

    def settled(self, start: int) -> Iterator[Case]:
        """The cases from this number on, as judged; up to the first whose verdict a later call may change."""
        for case in takewhile(self._is_settled, self._cases[start:]):
            yield self._judged(case)

    def verdicts(self) -> list[Case]:
        """All cases, as judged by all of them."""
        return [self._judged(case) for case in self._cases]

    def _learn(self, exchange: HttpExchange) -> None:
        if exchange.operation is None:
            return
        kind, status = self._kind(exchange), exchange.response.status
        if kind is None and (status < 400 or status >= 500):
            self._served.add(exchange.side)
        if kind is None and status < 500:
            self._answered.add(exchange.side)
        if status < 300:
            self._accepted.add((exchange.side, exchange.credential))

    def _judged(self, case: Case) -> Case:
        hindered = self._hindered(case)
        if not hindered:
            return case
        places = {exchange.place for exchange, _kind in hindered}
        findings = () if _is_fuzz(case) else tuple(one for one in case.findings if one.place not in places)
        return replace(case, findings=findings, obstacle=_describe(*hindered[0]))

    def _is_settled(self, case: Case) -> bool:
        hindered = self._hindered(case)
        final = [kind.decided_by == "nothing" for _exchange, kind in hindered]
        return not hindered or (all(final) if _is_fuzz(case) else any(final))

    def _hindered(self, case: Case) -> list[tuple[HttpExchange, _Kind]]:
        """The calls that were not carried out, by what is known so far; none if that was noticed before."""
        if case.skipped is not None or case.obstacle is not None:
            return []
        if _is_fuzz(case):
            return self._hindered_fuzz(case)
        return [(one, kind) for one in case.exchanges if (kind := self._obstacle(one)) is not None]

    def _obstacle(self, exchange: HttpExchange) -> _Kind | None:
        if not exchange.flawed:
            return None
        kind = self._kind(exchange)
        if kind is None or kind.decided_by == "nothing":
            return kind
        if exchange.operation is None:
            return None
        if kind.decided_by == "acceptance":
            return None if (exchange.side, exchange.credential) in self._accepted else kind
        return None if exchange.side in self._answered else kind

    def _hindered_fuzz(self, case: Case) -> list[tuple[HttpExchange, _Kind]]:
        """A case of the fuzzer is meaningless if the service has not served a single call."""
        side = case.exchanges[0].side
        kinds = [(one, kind) for one in case.exchanges if (kind := self._kind(one)) is not None]
        limited = len(kinds) == len(case.exchanges) and all(kind is _LIMITED for _one, kind in kinds)
        return kinds if limited or side not in self._served else []

    def _kind(self, exchange: HttpExchange) -> _Kind | None:
        """Which kind of obstacle the reply would be; None if it is an answer of the service."""
        response, declared = exchange.response, self._is_declared(exchange)
        if response.status == 429:
            return _LIMITED
        if response.status in (401, 403):
            return _REJECTED
        if declared:
            return None
        if response.status in _GATEWAY_STATUSES and not is_json(response.media_type):
            return _GATEWAY
        if 300 <= response.status < 400:
            return _REDIRECTED
        if response.status in _NOT_FOUND_STATUSES:
            return _NOT_FOUND
        return _PAGE if response.media_type in _PAGES else None

    def _is_declared(self, exchange: HttpExchange) -> bool:
        """Whether the operation declares such a reply; of a 404 only one of its own problems counts."""
        operation = self._contract.operations.get(exchange.operation or "")
        if operation is None:
            return False
        spec, response = find_reply_spec(operation.replies, exchange.response.status), exchange.response
        if spec is None or not _fits(spec.media_type, spec.alternative_media_types, response):
            return False
        if response.status not in _NOT_FOUND_STATUSES or not operation.problems:
            return True
        problem = matched_problem(operation, response)
        return problem is not None and problem not in self._contract.unrouted.problems


def _is_fuzz(case: Case) -> bool:
    return bool(case.exchanges) and all(exchange.flawed is None for exchange in case.exchanges)


def _fits(media_type: str | None, alternatives: tuple[str, ...], response: Response) -> bool:
    return media_type is None or not response.content or response.media_type in (media_type, *alternatives)


def _describe(exchange: HttpExchange, kind: _Kind) -> str:
    side = f"{exchange.side}: " if exchange.side else ""
    return f"{side}{exchange.request.label} {kind.problem} (status {exchange.response.status}); {kind.fix}"


def judge(cases: Iterator[Case], contract: Contract, result: VerificationResult) -> Iterator[Case]:
    """Yields each case with its last verdict, in order, and stops after several that were not carried out.

    A case waits for later ones as long as they may show that it was carried out. Adds all to the result.
    """
    judging, in_a_row, yielded = Judge(contract), 0, 0
    for case in cases:
        judged = judging.add(case)
        result.cases.append(judged)
        for settled in judging.settled(yielded):
            yielded += 1
            yield settled
        # An operation may well reject every call that a fuzzer makes.
        if judged.skipped is None and (case.obstacle is not None or case.phase != "fuzz"):
            in_a_row = in_a_row + 1 if judged.obstacle is not None else 0
        if in_a_row >= MAX_HINDERED_IN_A_ROW:
            result.stopped = True
            break
    result.cases[:] = judging.verdicts()
    yield from result.cases[yielded:]


def explain(result: VerificationResult, participle: str, phases: Collection[str]) -> str | None:
    """One line about what could not be carried out, or never was; None if every phase was."""
    done = len(result.completed)
    for case in result.hindered:
        rest = f"; stopped after {MAX_HINDERED_IN_A_ROW} in a row" if result.stopped else ""
        covered = f"{done} of {done + len(result.hindered)} cases carried out{rest}"
        extent = f"{participle} only in part" if done else f"not {participle}"
        return f"{result.vendor} was {extent} ({covered}): {case.phase} {case.name}: {case.obstacle}"
    for phase in phases:
        cases = [case for case in result.cases if case.phase == phase]
        if all(case.skipped is not None for case in cases):
            reason = f"{cases[0].name}: {cases[0].skipped}" if cases else "it has nothing to run here"
            return f"{result.vendor} was not {participle} (phase {phase}: all {len(cases)} skipped): {reason}"
    return None
