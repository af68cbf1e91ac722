"""Lays emails into a maildir folder instead of sending them: for the demo, for tests, for trying things out."""

import contextlib
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path
from types import TracebackType
from typing import Self

from server.mail.envelope import EmailRefused, on_the_wire, seal
from server.mail.outcomes import RecipientRefused, ServerRefused, TemporaryFailure

_SUBFOLDERS = {"cur", "new", "tmp"}


class MaildirTransport:
    """A ``Transport`` into one folder, which is made at the first email, for its owner's eyes only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage, *, to: str) -> None:
        """Write the email under ``tmp``, sync it, then move it to ``new``, so that nobody ever reads half of it."""
        try:
            on_the_wire(to)
        except EmailRefused:
            raise RecipientRefused("not an address that can be sent to") from None
        letter = seal(message, to=to, linesep="\n")
        try:
            with contextlib.closing(self._open()) as folder:
                folder.add(letter.content)
        except OSError as failed:
            raise TemporaryFailure(f"the mail folder took nothing: {failed.strerror}") from failed

    def close(self) -> None:
        """Do nothing: between two emails no file is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Maildir:
        """Return the maildir; refuses a folder that holds other things, since its mode is about to be changed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        present = {entry.name for entry in self._folder.iterdir()}
        if not (present <= _SUBFOLDERS or present >= _SUBFOLDERS):
            raise ServerRefused("the folder for emails is not a maildir and not empty")
        self._folder.chmod(0o700)
        for name in _SUBFOLDERS:
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        return Maildir(self._folder, factory=None, create=False)
