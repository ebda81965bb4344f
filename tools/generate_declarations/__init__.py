"""Fill a database of ``standards`` with invented declarations, as many as are wanted.

For measuring and for trying out: the same seed gives the same rows. What is written is what the use
cases would have written, through the same classes: canonical documents with their hashes, record
numbers and their counters, claims of numbers, chains of revisions. There are no files behind the
texts, and nothing is announced: the search index is filled by its own rebuild.
"""

from tools.generate_declarations.histories import Plan, generate_batches
from tools.generate_declarations.loading import load_declarations

__all__ = ["Plan", "generate_batches", "load_declarations"]
