"""Set one receipt as PDF; the job module that runs in the limited child process.

The font comes with the project's own environment: what a machine has installed plays no part, so
that the same receipt is the same bytes everywhere.
"""

import base64
import json
from pathlib import Path
from typing import Any, Final

import cvttf_NotoSansCJK_Regular as noto
import typst

_TEMPLATE: Final = Path(__file__).parent / "templates" / "receipt.typ"


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Return ``pdf_base64`` of the data that ``gateway.receipts`` put together."""
    pdf = typst.compile(
        str(_TEMPLATE),
        font_paths=[str(Path(noto.get_TTF_path()).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(payload, ensure_ascii=False, sort_keys=True)},
    )
    return {"pdf_base64": base64.b64encode(pdf).decode("ascii")}
