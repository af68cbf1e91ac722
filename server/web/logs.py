"""Keeps links that open something out of the logs: whoever reads those could press the buttons, or read a draft."""

import logging
import re

from flask import Flask

# Flask names the path of a request that failed, and every server of ours can be told to name all of them.
LOGGERS = ("undersigned", "werkzeug", "granian.access", "gunicorn.access", "gunicorn.error")
_LINK = re.compile(r"(/(?:confirm|signature|unsubscribe|preview|partner)/)[^/\s\"'?#]+")


def redacted(line: str) -> str:
    """Return a line in which no link can be followed any more; what kind of link it was stays."""
    return _LINK.sub(r"\1[redacted]", line)


class _LinksRedacted(logging.Filter):
    """Rewrites a record in place and lets it pass; one that holds no link keeps its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        clean = redacted(line)
        if clean != line:
            record.msg, record.args = clean, None
        return True


_FILTER = _LinksRedacted()


def init_logs(app: Flask) -> None:
    """Redact what this app logs, and the access logs of the servers that it may run in."""
    for logger in (app.logger, *map(logging.getLogger, LOGGERS)):
        logger.addFilter(_FILTER)
