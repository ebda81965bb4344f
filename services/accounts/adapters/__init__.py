"""Slow or outside things: pictures, password hashes, files."""
