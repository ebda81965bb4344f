"""What calls of ``standards`` must look like."""

from services.standards.schemas.base import load
from services.standards.schemas.declarations import (
    AdditionInput,
    CorrectionInput,
    DeclarationInput,
    DraftInput,
    KindInput,
    ListInput,
    NumberInput,
    ProductInput,
    PublicationInput,
    WithdrawalInput,
    split_entry,
)
from services.standards.schemas.products import (
    ClassChildrenInput,
    ClassInput,
    ClassSearchInput,
    SheetExportInput,
    SheetFormatInput,
    SheetInput,
)
from services.standards.schemas.public import (
    AsOfInput,
    CategoriesInput,
    ComparisonInput,
    EventsInput,
    IndicatorInput,
    RecordInput,
    ScanInput,
    ScanStandingsInput,
    VersionInput,
)
from services.standards.schemas.uploads import FinishUploadInput, OpenUploadInput, UploadInput

__all__ = [
    "AdditionInput",
    "AsOfInput",
    "CategoriesInput",
    "ClassChildrenInput",
    "ClassInput",
    "ClassSearchInput",
    "ComparisonInput",
    "CorrectionInput",
    "DeclarationInput",
    "DraftInput",
    "EventsInput",
    "FinishUploadInput",
    "IndicatorInput",
    "KindInput",
    "ListInput",
    "NumberInput",
    "OpenUploadInput",
    "ProductInput",
    "PublicationInput",
    "RecordInput",
    "ScanInput",
    "ScanStandingsInput",
    "SheetExportInput",
    "SheetFormatInput",
    "SheetInput",
    "UploadInput",
    "VersionInput",
    "WithdrawalInput",
    "load",
    "split_entry",
]
