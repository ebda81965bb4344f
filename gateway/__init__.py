"""HTTP in front of the services: the JSON API, the public portal and the browser's sessions."""
