"""What an enterprise does with its declarations: one module per activity."""
