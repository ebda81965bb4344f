"""Check offline that what was published is what the Merkle log holds: ``python -m tools.verify``.

Needs the log's public key, ``cryptography`` and the plain modules of ``services.standards.domain``;
no network, no database.
"""
