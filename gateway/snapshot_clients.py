"""Call ``standards`` about snapshots of everything public."""

from gateway.remote import Client, Reply


class SnapshotCalls(Client):
    """Call the part of ``standards`` that offers everything public in files."""

    def list_snapshots(self, limit: int) -> Reply:
        """Return the newest snapshots and deltas."""
        return self._ask("list_snapshots", limit=limit)

    def get_latest_snapshot(self) -> Reply:
        """Return the newest full snapshot with its files."""
        return self._ask("get_latest_snapshot")

    def get_snapshot_file(self, snapshot_id: str, name: str) -> Reply:
        """Return where a file of a snapshot is."""
        return self._ask("get_snapshot_file", snapshot_id=snapshot_id, name=name)

    def get_register_checksum(self, position: int | None) -> Reply:
        """Return the checksum of the register at a snapshot."""
        return self._ask("get_register_checksum", position=position)

    def request_snapshot(self) -> Reply:
        """Have a snapshot made as soon as possible."""
        return self._tell("request_snapshot")
