"""Things outside: files of the code database, and its live interface."""
