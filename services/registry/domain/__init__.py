"""Pure rules of organisation records."""
