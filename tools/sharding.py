"""A pytest plugin that runs one part of the tests: ``pytest -p tools.sharding --shard 1/2``.

Several processes, each with its own part, share the work of the fast tests. (xdist cannot do it:
its native threads and our green ones wait for each other for ever.) Modules stay whole, because
their fixtures are costly, and are dealt out so that the parts have about as many tests.
"""

import re
from collections import Counter
from collections.abc import Mapping

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--shard", type=parse, metavar="I/N", help="run the I-th of N parts")


def parse(text: str) -> tuple[int, int]:
    """Return the two numbers of `1/2`.

    Raises:
        ValueError: they are no part of a whole.
    """
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if match is None or int(match[1]) > int(match[2]):
        message = f"{text} is not like 1/2"
        raise ValueError(message)
    return int(match[1]), int(match[2])


def deal(counts: Mapping[str, int], parts: int) -> dict[str, int]:
    """Return module → part (from 1): the largest first, each to the part with least to do."""
    loads = [0] * parts
    dealt = {}
    for module, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        lightest = loads.index(min(loads))
        loads[lightest] += count
        dealt[module] = lightest + 1
    return dealt


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what belongs to this part of what the other options left."""
    shard = config.getoption("--shard")
    if shard is None:
        return
    part, parts = shard
    dealt = deal(Counter(item.path.as_posix() for item in items), parts)
    kept = [item for item in items if dealt[item.path.as_posix()] == part]
    others = [item for item in items if dealt[item.path.as_posix()] != part]
    config.hook.pytest_deselected(items=others)
    items[:] = kept
