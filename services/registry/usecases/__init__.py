"""What ``registry`` can do, one module per activity."""
