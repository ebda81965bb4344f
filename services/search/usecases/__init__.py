"""What search does when something was published."""
