"""A register of national size: published declarations, the same for the same seed.

472,459 enterprises, 3.2 million declarations and 5.3 million products are what the real platform
had; a smaller register keeps the proportions. Nothing in it is anybody's: enterprises, codes and
barcodes are invented. Words come with the frequencies of real ones when a folder of real files is
given, else from a small list of our own.
"""

from tools.generate_register.register import (
    NATIONAL_DECLARATIONS,
    NATIONAL_ENTERPRISES,
    NATIONAL_PRODUCTS,
    Plan,
    Publication,
    Register,
)
from tools.generate_register.words import Words, own_words, read_words

__all__ = [
    "NATIONAL_DECLARATIONS",
    "NATIONAL_ENTERPRISES",
    "NATIONAL_PRODUCTS",
    "Plan",
    "Publication",
    "Register",
    "Words",
    "own_words",
    "read_words",
]
