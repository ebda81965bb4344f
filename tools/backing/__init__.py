"""Start private RabbitMQ nodes and PostgreSQL clusters on free loopback ports.

Used by the tests, the benchmarks and ``./run.sh --processes``. Standard library only (psycopg2 to
speak to PostgreSQL), no pipes and no threads, so that it also works in a process whose standard
library eventlet has patched::

    with RabbitNode(folder / "rabbit") as broker, PostgresCluster(folder / "pg") as database:
        url = database.create_database("standards")
        ...
        broker.kill()
        broker.start()  # from the same disk, on the same port

On the command line: ``python -m tools.backing install|up|down|status [--dir var/backing]``.
"""

from tools.backing.packages import install_missing, missing
from tools.backing.postgres import PostgresCluster
from tools.backing.processes import BackingError, free_port
from tools.backing.rabbit import RabbitNode
from tools.backing.standby import PostgresStandby

__all__ = [
    "BackingError",
    "PostgresCluster",
    "PostgresStandby",
    "RabbitNode",
    "free_port",
    "install_missing",
    "missing",
]
