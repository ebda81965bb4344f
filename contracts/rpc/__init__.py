"""Request and reply types of each service, as typed dictionaries."""
