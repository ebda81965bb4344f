"""Install, start, stop and show the servers: ``python -m tools.backing up --dir var/backing``."""

import argparse
import sys
from pathlib import Path

from tools.backing import packages
from tools.backing.postgres import PostgresCluster
from tools.backing.processes import BackingError
from tools.backing.rabbit import RabbitNode

SERVICES = ("accounts", "registry", "standards", "search", "notify")


def servers(directory: Path) -> tuple[RabbitNode, PostgresCluster]:
    """Return both servers of a directory, running or not."""
    return (
        RabbitNode(directory / "rabbit", tied=False),
        PostgresCluster(directory / "postgres", tied=False),
    )


def environment(broker: RabbitNode, database: PostgresCluster) -> dict[str, str]:
    """Return the settings that point the services at these servers."""
    urls = {f"{name.upper()}_DATABASE_URL": database.url(name) for name in SERVICES}
    return {"BUS_URL": broker.url, **urls}


def up(directory: Path) -> dict[str, str]:
    """Start both servers with a database and a role per service; return the settings."""
    broker, database = servers(directory)
    database.start()
    for name in SERVICES:
        database.create_database(name)
    broker.start()
    return environment(broker, database)


def down(directory: Path) -> None:
    """Stop both servers; their disks stay."""
    for server in servers(directory):
        server.stop()


def status(directory: Path) -> list[str]:
    """Return a line per server and, when they run, the settings."""
    broker, database = servers(directory)
    lines = [
        f"# RabbitMQ    {f'running, pid {broker.pid}' if broker.is_running else 'down'}",
        f"# PostgreSQL  {f'running, pid {database.pid}' if database.is_running else 'down'}",
    ]
    if broker.is_running and database.is_running:
        lines += [f"{key}={value}" for key, value in environment(broker, database).items()]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when it worked (for `status`: when both run)."""
    parser = argparse.ArgumentParser(prog="python -m tools.backing", description=__doc__)
    parser.add_argument("command", choices=["install", "missing", "up", "down", "status"])
    parser.add_argument("--dir", type=Path, default=Path("var/backing"), help="%(default)s")
    parser.add_argument("--browser", action="store_true", help="with a browser for its tests")
    options = parser.parse_args(arguments)
    try:
        return run(options.command, options.dir, browser=options.browser)
    except BackingError as error:
        print(error, file=sys.stderr)
        return 1


def run(command: str, directory: Path, *, browser: bool = False) -> int:
    """Carry out one command and return the exit status."""
    if command == "install":
        Path("var/log").mkdir(parents=True, exist_ok=True)
        print(" ".join(packages.install_missing(Path("var/log/apt.log"), browser=browser)))
    elif command == "missing":
        print(" ".join(packages.missing(browser=browser)))
    elif command == "up":
        print("\n".join(f"{key}={value}" for key, value in up(directory).items()))
    elif command == "down":
        down(directory)
    else:
        lines = status(directory)
        print("\n".join(lines))
        return 0 if all("running" in line for line in lines[:2]) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
