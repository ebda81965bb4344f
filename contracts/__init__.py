"""What services promise each other and outsiders: data only, no behaviour."""
