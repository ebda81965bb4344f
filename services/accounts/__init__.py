"""Enterprises and the people who act for them: registration, login, sessions."""
