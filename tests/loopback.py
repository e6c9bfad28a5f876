"""A door of the tests' own, served in a thread while it is needed."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def opened(door: socketserver.TCPServer) -> Iterator[str]:
    """The URL of a server on a loopback port; it is stopped and closed afterwards."""
    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.server_address[1]}"
    finally:
        door.shutdown()
        door.server_close()
        thread.join()
