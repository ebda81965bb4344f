"""The business of the system: one package per service; they meet only on the bus."""
