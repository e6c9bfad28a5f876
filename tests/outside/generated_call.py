"""Calls one operation with a client that openapi-python-client made; runs in the environment of that tool.

    python generated_call.py MODULE URL HEADERS [BODY]

MODULE is that of the operation, HEADERS and BODY are JSON. Prints the status and the reply's class as JSON.
"""

import importlib
import json
import sys
import typing

module = importlib.import_module(sys.argv[1])
package = importlib.import_module(sys.argv[1].partition(".")[0])
client = package.Client(
    base_url=sys.argv[2], headers=json.loads(sys.argv[3]), raise_on_unexpected_status=True
)
arguments = {}
if len(sys.argv) > 4:
    annotation = typing.get_type_hints(module.sync_detailed)["body"]
    model = next(one for one in typing.get_args(annotation) or (annotation,) if hasattr(one, "from_dict"))
    arguments["body"] = model.from_dict(json.loads(sys.argv[4]))
reply = module.sync_detailed(client=client, **arguments)
sys.stdout.write(json.dumps([reply.status_code, type(reply.parsed).__name__]))
