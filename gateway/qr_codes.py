"""Draw QR codes of addresses of this site."""

from functools import lru_cache
from io import BytesIO

import segno


@lru_cache(maxsize=1024)
def qr_code(address: str) -> bytes:
    """Return the QR code of an address as a picture that scales (SVG), black on white."""
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=2, light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return out.getvalue()
