"""What lies outside the standards service: PDF files, storage, other services."""
