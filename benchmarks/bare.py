"""A bare Flask view with orjson: the baseline of the benchmark.

It sends the replies of the fake, without validation, storage or journal.
"""

import json
import logging
import sys
from pathlib import Path

import orjson
from flask import Flask, Response, request
from waitress.server import create_server

from mockserver.server.http_server import Server


def bare(bodies: dict[str, object]) -> Flask:
    """An application with one view for each body: `/get`, `/list`, `/create`."""
    app = Flask("bare")

    def view(name: str) -> Response:
        if request.method == "POST":
            orjson.loads(request.get_data())
        return Response(orjson.dumps(bodies[name]), content_type="application/json")

    app.add_url_rule("/<name>", view_func=view, methods=["GET", "POST"])
    return app


def run(app: Flask, server: str) -> None:
    """Serves it on our own server, or on waitress as it comes, which hands calls to four threads."""
    if server == "waitress":
        as_it_comes = create_server(app, host="127.0.0.1", port=0)
        print(f"http://127.0.0.1:{as_it_comes.effective_port}", flush=True)
        as_it_comes.run()
    else:
        ours = Server(app)
        print(ours.url, flush=True)
        ours.run()


if __name__ == "__main__":
    # A line for every call that waits would slow it down.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    run(bare(json.loads(Path(sys.argv[1]).read_bytes())), sys.argv[2])
