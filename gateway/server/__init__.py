"""The HTTP/1.1 server: strict parsing, limits and a graceful stop on green threads.

Only this package of the gateway knows nameko and eventlet. It hands well-formed requests to a WSGI
application and never lets one client hold up another.
"""
