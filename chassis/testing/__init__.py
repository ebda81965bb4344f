"""What tests need to run services in their own process."""

from chassis.testing.embedded import Embedded, temporary_settings

__all__ = ["Embedded", "temporary_settings"]
