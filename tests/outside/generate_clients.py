"""Makes packages with openapi-python-client, in one process: most of one command is its start.

    python generate_clients.py DOCUMENTS

Runs in the environment of that tool, in a folder with its `generator.yaml`. DOCUMENTS is JSON: the path of a
document by the name of its package.
"""

import gc
import importlib
import json
import sys
from typing import Any
from unittest.mock import patch

from jinja2 import Environment

COMPILE: Any = Environment.compile
compiled: dict[tuple[Any, ...], Any] = {}


def compile_once(environment: Environment, source: str, *names: str) -> Any:
    """A template; the generator would compile the same ones again for each document."""
    if (source, *names) not in compiled:
        compiled[source, *names] = COMPILE(environment, source, *names)
    return compiled[source, *names]


gc.disable()  # what it makes is short work, and fits into memory
app = importlib.import_module("openapi_python_client.cli").app
with patch.object(Environment, "compile", compile_once):
    for package, document in json.loads(sys.argv[1]).items():
        options = ["--meta", "none", "--config", "generator.yaml", "--output-path", package]
        code = app(["generate", "--path", document, *options], standalone_mode=False)
        if code:
            sys.exit(f"{document}: exit code {code}")
