"""Converts the bytes of a file to text: detects its type and encoding, and converts office files in a subprocess."""

import re
import subprocess
import sys
import unicodedata
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from server.errors import ValueRefused

BYTES_MOST: Final = 20 * 1024 * 1024
TEXT_MOST: Final = 5 * 1024 * 1024
LINES_MOST: Final = 20_000
_SAMPLE: Final = 2000
_SECONDS_MOST: Final = 20
_OFFICE_PROGRAM: Final = Path(__file__).with_name("office.py")
_IMAGES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"BM")
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCODINGS: Final = ("cp1251", "cp1252", "cp1250", "cp1254", "cp1256", "koi8_r", "mac_cyrillic")


def decode_file(data: bytes) -> tuple[str, bool]:
    """Return the text of a file (HTML for office files) and if its encoding is a guess; raises ``ValueRefused``."""
    if len(data) > BYTES_MOST:
        raise ValueRefused("too-large")
    if not data.strip():
        raise ValueRefused("empty")
    if data.startswith((b"PK\x03\x04", _OLD_OFFICE)):
        return _convert(data), False
    if data.startswith(b"%PDF"):
        raise ValueRefused("pdf")
    if data.startswith(_IMAGES):
        raise ValueRefused("image")
    if len(data) > TEXT_MOST or data.count(b"\n") + data.count(b"\r") > 2 * LINES_MOST:
        raise ValueRefused("too-large")
    return _decode_text(data)


def _decode_text(data: bytes) -> tuple[str, bool]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, encoding), False
    if b"\0" in data:
        odd, even = data[1::2].count(0), data[::2].count(0)
        if max(odd, even) * 3 < len(data) / 2:
            raise ValueRefused("not-a-list")
        return _decoded(data, "utf-16-le" if odd > even else "utf-16-be"), True
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        return _guess(data), True


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueRefused("broken") from error
    sample = text[:_SAMPLE]
    if sum(unicodedata.category(char) in ("Cc", "Co", "Cn") and not char.isspace() for char in sample) * 10 > len(
        sample
    ):
        raise ValueRefused("not-a-list")
    return text


def _guess(data: bytes) -> str:
    """Return the text decoded with the best of the encodings that old spreadsheets use; raises ``ValueRefused``."""
    if find_spec("charset_normalizer") is None:
        raise ValueRefused("needs-extra")
    best = import_module("charset_normalizer").from_bytes(data, cp_isolation=[*_ENCODINGS]).best()
    if best is None:
        raise ValueRefused("encoding-unknown")
    return str(best)


def _convert(data: bytes) -> str:
    """Convert an office file to HTML, in a subprocess with limits on time and memory; raises ``ValueRefused``."""
    if find_spec("python_calamine") is None or find_spec("docx") is None:
        raise ValueRefused("needs-extra")
    command = [sys.executable, "-I", str(_OFFICE_PROGRAM)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            input=data,
            capture_output=True,
            timeout=_SECONDS_MOST,
            check=False,
            env={},  # a file that takes this process over finds no secret of the server in its environment
        )
    except subprocess.TimeoutExpired as error:
        raise ValueRefused("too-much") from error
    if done.returncode == 0:
        return done.stdout.decode("utf-8")
    reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if re.fullmatch("old-word|broken|not-a-list|too-much", reason):
        raise ValueRefused(reason)
    raise ValueRefused("too-much" if done.returncode < 0 else "broken")
