"""Measures the check page and the import of a founding list of 10,000 rows: python -m tests.drills.long_list."""

import re
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from server import create_app
from server.config import read_settings
from server.web.admin.founding_sheet import ROWS_MOST
from server.web.context import EXTENSION
from tests.conftest import environment
from tests.walk.world import Forms
from tests.web.admin.desk import logged_in
from tests.web.scene import NO_LIMITS, add_statement

PLACE = "/admin/statements/open-rivers/founding"
GIVEN = ("Ani", "Cleo", "Teodor", "Ruzanna", "Maro", "Levan", "Nino", "Zoé", "Giorgi", "Tamar")
FAMILY = ("Marlowe", "Day", "Vance", "Orme", "Rivelune", "Hill", "Lake", "Brook", "Stone", "Field")


def a_list(rows: int) -> str:
    """A table of so many people, each with an address; a few of them are perhaps the same."""
    lines = ["Name;Title;Affiliation;Country;Email"]
    for at in range(rows):
        name = f"{GIVEN[at % 10]} {chr(65 + at // 1000)}{chr(97 + at // 40 % 25)}ra {FAMILY[at // 10 % 10]}{at:x}"
        lines.append(f"{name};Professor of Hydrology;University of Rivers {at % 50};Georgia;person{at}@hills.example")
    return "\n".join(lines)


def peak_mb() -> float:
    """The most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS_MOST
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(read_settings(environment(Path(folder), **NO_LIMITS)))
        here = app.extensions[EXTENSION]
        here.db.migrate(create=True)
        now = here.clock()
        add_statement(here.db, "open-rivers", now)
        moderator = logged_in(app, "mher", "moderator", slug="open-rivers", now=now)
        moderator.post(f"{PLACE}/preview", {"list": a_list(20), "kind": "auto"})  # what is loaded once
        before, text = peak_mb(), a_list(rows)

        def timed(what: str, path: str, form: dict[str, Any]) -> Any:
            began = time.perf_counter()
            answer = moderator.post(f"{PLACE}/{path}", form)
            took = time.perf_counter() - began
            size = len(answer.get_data())
            print(
                f"{what}: {answer.status_code}, {took:.1f} s, {size:,} bytes, +{peak_mb() - before:.0f} MB", flush=True
            )
            return answer

        answer = timed("check page", "preview", {"list": text, "kind": "auto"})
        for what, do in (("next page", "page:2"), ("columns again", "columns"), ("undo", "undo")):
            answer = timed(what, "rows", sent(answer) | {"do": do})
        print(timed("import", "import", sent(answer) | {"all-right": "yes", "ask": "yes"}).location)


def sent(answer: Any) -> dict[str, list[str]]:
    """What the form of the page sends."""
    form: dict[str, list[str]] = {}
    _, fields = next(found for found in Forms(answer.get_data(as_text=True)).found if found[0].endswith("/rows"))
    for name, value in fields:
        if not re.fullmatch(r"do|as|out|all-right|ask", name):
            form.setdefault(name, []).append(value)
    return form


if __name__ == "__main__":
    main()
