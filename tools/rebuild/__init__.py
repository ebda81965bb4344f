"""Rebuild the public side of a register from files and the feed, and prove that it is equal.

``python -m tools.rebuild --from https://… --into mirror.db``: the full snapshot, the deltas after
it, then the events of the feed up to now. Each time a position is reached at which the platform has
taken a snapshot, the checksum of what was rebuilt is compared with the platform's own.
"""
