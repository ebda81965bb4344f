"""The public feed: pages of the log, and the same log as a stream of server-sent events."""

from gateway.feed.answers import answer
from gateway.feed.hub import Feed

__all__ = ["Feed", "answer"]
