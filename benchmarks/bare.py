"""A bare Flask view with orjson on the same server: what the fakes are measured against.

It sends what the fake would send, and nothing is checked, kept or written down.
"""

import json
import sys
from pathlib import Path

import orjson
from flask import Flask, Response, request

from mockserver.serving import Server


def bare(bodies: dict[str, object]) -> Flask:
    """An application with one view for each body: `/get`, `/list`, `/create`."""
    app = Flask("bare")

    def view(name: str) -> Response:
        if request.method == "POST":
            orjson.loads(request.get_data())
        return Response(orjson.dumps(bodies[name]), content_type="application/json")

    app.add_url_rule("/<name>", view_func=view, methods=["GET", "POST"])
    return app


if __name__ == "__main__":
    server = Server(bare(json.loads(Path(sys.argv[1]).read_bytes())))
    print(server.url, flush=True)
    server.run()
