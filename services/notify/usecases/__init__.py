"""What notify does: take messages in, send them, forget them."""
