"""What calls of ``standards`` must look like."""

from services.standards.schemas.base import load
from services.standards.schemas.declarations import (
    DeclarationInput,
    DraftInput,
    ListInput,
    NumberInput,
    ProductInput,
    PublicationInput,
)
from services.standards.schemas.public import EventsInput, RecordInput, ScanInput, VersionInput
from services.standards.schemas.uploads import FinishUploadInput, OpenUploadInput, UploadInput

__all__ = [
    "DeclarationInput",
    "DraftInput",
    "EventsInput",
    "FinishUploadInput",
    "ListInput",
    "NumberInput",
    "OpenUploadInput",
    "ProductInput",
    "PublicationInput",
    "RecordInput",
    "ScanInput",
    "UploadInput",
    "VersionInput",
    "load",
]
