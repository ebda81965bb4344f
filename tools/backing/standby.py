"""A streaming standby of a PostgreSQL cluster of our own."""

import os

from tools.backing import processes
from tools.backing.postgres import SUPERUSER, PostgresCluster
from tools.backing.processes import BackingError


class PostgresStandby(PostgresCluster):
    """Follow a running cluster and answer reads; `start` copies it the first time.

    Roles, passwords and databases are those of the primary.
    """

    def __init__(
        self, primary: PostgresCluster, directory: str | os.PathLike[str], *, tied: bool = True
    ) -> None:
        super().__init__(directory, fsync=primary.fsync, settings=primary.settings, tied=tied)
        self._primary = primary

    def pause_replay(self) -> None:
        """Take changes from the primary, but do not show them."""
        self.execute("SELECT pg_wal_replay_pause()")

    def resume_replay(self) -> None:
        """Show all changes again."""
        self.execute("SELECT pg_wal_replay_resume()")

    def _initialise(self) -> None:
        primary = self._primary
        if not primary.is_running:
            message = "the primary is down: there is nothing to copy"
            raise BackingError(message)
        self.state.put(
            password=primary.state.get("password"),
            roles=primary.state.get("roles", {}),
            owners=primary.state.get("owners", {}),
        )
        processes.run(
            [
                *(self._program("pg_basebackup"), "-D", self.data, "--write-recovery-conf"),
                *("--wal-method=stream", "--checkpoint=fast", "--no-sync"),
                f"--dbname={primary.dsn('postgres', SUPERUSER)}",
            ],
            log=self.directory / "log" / "basebackup.log",
            env=self._environment(),
            user=self._uid,
            group=self._gid,
        )
