"""What we are compared with, and the small processes that drive both sides."""
