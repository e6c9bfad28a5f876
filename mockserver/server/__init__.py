"""The HTTP server: event loop, prefork workers, WSGI adapter, access control, access log and metrics."""
