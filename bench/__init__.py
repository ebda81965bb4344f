"""Measurements: ``python -m bench.<name>`` starts what it needs and ends with ``key=value``."""
