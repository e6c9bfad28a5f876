"""The shipped contracts, each read once in a process: the servers of a process share what they read."""

from contextlib import suppress
from copy import copy
from functools import lru_cache
from pathlib import Path

from mockserver.contract.contract import Contract
from mockserver.errors import InvalidContractError
from mockserver.paths import contracts


def read_shared(path: Path) -> Contract:
    """The contract in the file. Raises `InvalidContractError`.

    Those of one shipped file share what is read from it, its compiled schemas included; an application of all
    vendors then starts in a tenth of the time.
    """
    fingerprint = shipped_fingerprint(path)
    return Contract.read(path) if fingerprint is None else copy(_read(path, fingerprint))


def shipped_fingerprint(path: Path) -> tuple[int, int] | None:
    """When a shipped file was changed, and its size: it need not be read again while these stay.

    None for any other file: it is read each time.
    """
    if path.parent.parent != contracts() or not path.is_file():
        return None
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_size


@lru_cache(32)
def _read(path: Path, _fingerprint: tuple[int, int]) -> Contract:
    """The contract that those of the file are copies of, as long as the file does not change."""
    contract = Contract.read(path)
    with suppress(InvalidContractError):  # reading the operations of a copy raises it
        _ = contract.operations
    return contract
