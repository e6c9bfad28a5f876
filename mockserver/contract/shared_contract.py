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
    if path.parent.parent != contracts() or not path.is_file():
        return Contract.read(path)
    facts = path.stat()
    return copy(_read(path, facts.st_mtime_ns, facts.st_size))


@lru_cache(32)
def _read(path: Path, _changed: int, _size: int) -> Contract:
    """The contract that those of the file are copies of, as long as the file does not change."""
    contract = Contract.read(path)
    with suppress(InvalidContractError):  # reading the operations of a copy raises it
        _ = contract.operations
    return contract
