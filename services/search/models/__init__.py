"""Tables of search: generations of the index, and the tables of each; all of it can be rebuilt."""

from services.search.models.generations import Base, Generation, GenerationState
from services.search.models.index_tables import (
    IndexTables,
    create_generation,
    drop_generation,
    index_tables,
    stored_tables,
)
from services.search.models.rebuilds import Rebuild, RebuildStep
from services.search.models.statistics import (
    StatisticsCount,
    StatisticsEnterprise,
    StatisticsFact,
)
from services.search.models.terms import TermNote

__all__ = [
    "Base",
    "Generation",
    "GenerationState",
    "IndexTables",
    "Rebuild",
    "RebuildStep",
    "StatisticsCount",
    "StatisticsEnterprise",
    "StatisticsFact",
    "TermNote",
    "create_generation",
    "drop_generation",
    "index_tables",
    "stored_tables",
]
