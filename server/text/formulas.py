"""Cells that a spreadsheet would compute: made harmless when a file is written, and as they were when one is read."""

import re

# A cell that begins so is a formula somewhere; after a separator too, since a file written with commas is opened
# with semicolons where that is the country's custom, and falls apart there (CWE-1236).
# What begins it is only looked at, since a tab may be a separator too.
_FORMULA = re.compile("(^|[;,|\t\r\n])([ \"']*)(?=[=+\\-@\0\t\r＝＋－＠])")
_GUARDED = re.compile("(^|[;,|\t\r\n])([ \"']*)'(?=[=+\\-@\0\t\r＝＋－＠])")


def guard_formula(value: str) -> str:
    """Return the text with an apostrophe before whatever a spreadsheet would compute; other texts are unchanged."""
    return _FORMULA.sub(r"\1\2'", value) if _FORMULA.search(value) else value


def unguard_formula(value: str) -> str:
    """Return the text that ``guard_formula`` has made this of."""
    return _GUARDED.sub(r"\1\2", value) if "'" in value else value
