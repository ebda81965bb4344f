"""Reads of notify: messages on their way, the inbox, texts and notices."""
