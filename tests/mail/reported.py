"""Messages that come back to us: reports of mail servers and of mailbox providers, and what is none.

In the files, ``VERP`` is the envelope sender of an email, ``MESSAGE_ID`` the part of its Message-ID before the @. Lines
between ``<<base64`` and ``>>`` are encoded.
"""

import re
from base64 import encodebytes
from pathlib import Path

BOUNCES_TO = "bounces@letters.example"
HERE = Path(__file__).parent
REPORTS = sorted(path.stem for path in (HERE / "reports").glob("*.eml"))
REPLIES = sorted(path.stem for path in (HERE / "replies").glob("*.eml"))
_ENCODED = re.compile(r"<<base64\n(.*?)>>\n", re.DOTALL)


def make(name: str, *, return_path: str, message_id: str) -> bytes:
    """The message in the file of this name, about the email with this envelope sender and Message-ID."""
    folder = "reports" if name in REPORTS else "replies"
    text = (HERE / folder / f"{name}.eml").read_text("utf-8")
    text = text.replace("UPPER_VERP", return_path.upper()).replace("VERP", return_path)
    text = text.replace("MESSAGE_ID", message_id)
    return _ENCODED.sub(lambda found: encodebytes(found[1].encode()).decode(), text).encode()
