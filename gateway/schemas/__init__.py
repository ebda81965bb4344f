"""What requests must and answers may hold: the schemas that validate are the ones OpenAPI shows."""
