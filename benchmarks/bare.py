"""A bare Flask view with orjson on this project's own server: the baseline of the throughput.

It sends the replies of the fake, without validation, storage or journal.

    python benchmarks/bare.py REPLIES.json    # {name: reply}; prints its URL and serves /<name>
"""

import json
import sys
from pathlib import Path

import orjson
from flask import Flask, Response, request

from mockserver import Server


def bare(replies: dict[str, object]) -> Flask:
    """An application with one view: `/<name>` and any path below it get the reply of that name."""
    app = Flask("bare")

    def view(name: str, rest: str = "") -> Response:
        if request.method == "POST":
            orjson.loads(request.get_data())
        return Response(orjson.dumps(replies[name]), content_type="application/json")

    app.add_url_rule("/<name>", view_func=view, methods=["GET", "POST"])
    app.add_url_rule("/<name>/<path:rest>", view_func=view, methods=["GET", "POST"])
    return app


def main() -> None:
    """Serves the replies of the file."""
    server = Server(bare(json.loads(Path(sys.argv[1]).read_bytes())))
    print(server.url, flush=True)
    server.run()


if __name__ == "__main__":
    main()
