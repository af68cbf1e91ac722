"""The styles of our pages: what a public page carries within, so that it is one request, and what the desk loads."""

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

_FOLDER = Path(__file__).parent.parent / "static"


def _together(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)


PUBLIC = Markup(_together("base.css", "public.css"))  # noqa: S704 our own files
PUBLIC_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(PUBLIC.encode()).digest()).decode()}'"
"""The one style sheet that a policy lets a public page have."""

DESK = _together("base.css", "desk.css")
