"""A crowd that signs in parallel, and remembers of every key what it was told about it."""

import json
import secrets
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Self

from tests.drills.real_server import ORIGIN

PATIENCE_S = 20.0
Body = dict[str, str]


@dataclass
class Told:
    """What the crowd was told: acknowledged submissions by key, those without an answer, and every other answer."""

    acknowledged: dict[str, Body] = field(default_factory=dict)
    unanswered: dict[str, Body] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


# A long run of digits in a name is refused, as it may be a phone number.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def submission(form_token: str) -> Body:
    """Return what a new person sends, under a name that tells the key; nobody else has this key, name or address."""
    who = secrets.token_hex(16).translate(_LETTERS)
    return {
        "key": who,
        "form_token": form_token,
        "kind": "individual",
        "name": f"Անի {who}",
        "email": f"ani.{who}@rivers.example",
        "city": "Gyumri",
        "locale": "en",
    }


class Door:
    """One kept-alive connection to where signatures are posted."""

    def __init__(self, port: int, path: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self._path = path

    def sign(self, body: Body, told: Told) -> bool:
        """Post once and put down what came of it; False when no whole answer came."""
        told.unanswered[body["key"]] = body
        try:
            self._connection.request(
                "POST", self._path, json.dumps(body), {"Content-Type": "application/json", "Origin": ORIGIN}
            )
            response = self._connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, HTTPException):
            self._connection.close()
            return False
        if response.status == 202:
            told.acknowledged[body["key"]] = told.unanswered.pop(body["key"])
        else:
            told.others.append(f"{response.status} {text}")
        return True

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Crowd:
    """Threads that sign until the server is gone; use as a context manager, which waits for them."""

    def __init__(self, port: int, path: str, form_token: str, *, size: int) -> None:
        self.told = Told()
        self.has_begun = threading.Event()
        self._form_token = form_token
        self._doors = [Door(port, path) for _ in range(size)]
        self._threads = [threading.Thread(target=self._sign_on, args=(door,)) for door in self._doors]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(timeout=2 * PATIENCE_S)
        assert not any(thread.is_alive() for thread in self._threads), "somebody still waits for an answer"

    def _sign_on(self, door: Door) -> None:
        while door.sign(submission(self._form_token), self.told):
            self.has_begun.set()
        door.close()


def sign_again(bodies: dict[str, Body], door: Door) -> Told:
    """Send each submission once more with its old key, and return what was told now."""
    told = Told()
    for body in bodies.values():
        door.sign(body, told)
    return told
