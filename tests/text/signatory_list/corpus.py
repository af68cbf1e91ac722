"""Lists as people publish them, with the right rows written down by hand; what the reader makes of each is counted."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.text.names import name_key
from server.text.signatory_list import read_signatory_file
from server.text.signatory_list.entries import Entry, SignatoryList

CORPUS = Path(__file__).with_name("corpus")
FIELDS = ("kind", "name", "title", "affiliation", "country", "website", "email")


@dataclass
class Outcome:
    """Of one list: rows that came out right, that were wrong and marked as unsure or left over, and wrong silently."""

    name: str
    right: int = 0
    said: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the list has, with those that the reader has made up."""
        return self.right + len(self.said) + len(self.silent)


def lists(folder: Path = CORPUS) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every list's file and its answer."""
    for answer in sorted(folder.glob("*.json")):
        [source] = [one for one in folder.glob(f"{answer.stem}.*") if one != answer]
        yield source, json.loads(answer.read_text("utf-8"))


def compare(name: str, parsed: SignatoryList, expected: list[dict[str, Any]]) -> Outcome:
    """Count the rows of a list by what became of them."""
    outcome = Outcome(name)
    left = list(parsed.entries)
    wrong = []
    for row in expected:
        match = next((entry for entry in left if _as_read(entry) == _as_expected(row)), None)
        if match is None:
            wrong.append(row)
        else:
            left.remove(match)
            outcome.right += 1
    for row in wrong:
        near = [entry for entry in left if _is_near(entry, row)]
        told = any(entry.doubts for entry in near) or (
            not near and any(_words(row["name"]) & _words(one.text) for one in parsed.unplaced)
        )
        into = outcome.said if told else outcome.silent
        into.append(f"{_as_expected(row)} <- {[(_as_read(entry), entry.doubts) for entry in near]}")
        for entry in near[:1]:
            left.remove(entry)
    for entry in left:
        (outcome.said if entry.doubts else outcome.silent).append(f"nobody <- {_as_read(entry)} {entry.doubts}")
    return outcome


def _as_read(entry: Entry) -> tuple[Any, ...]:
    return tuple(getattr(entry, one) or None for one in FIELDS)


def _as_expected(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(one) or None for one in FIELDS)


def _is_near(entry: Entry, row: dict[str, Any]) -> bool:
    words = _words(row["name"])
    return len(words & _words(f"{entry.name} {entry.source}")) * 2 >= len(words)


def _words(text: str) -> set[str]:
    return set(name_key(text).split())


def read(source: Path) -> SignatoryList:
    """Read a list as the command and the desk do."""
    return read_signatory_file(source.read_bytes(), source.name)


def main(folder: Path, *, only: str = "") -> None:
    """Print the table, and every row that did not come out right."""
    total: Counter[str] = Counter()
    for source, answer in lists(folder):
        if only and only not in source.name:
            continue
        outcome = compare(source.name, read(source), answer["rows"])
        total.update(rows=outcome.rows, right=outcome.right, said=len(outcome.said), silent=len(outcome.silent))
        parsed = read(source)
        total.update(unsure=len(parsed.unsure))
        print(
            f"{outcome.name:44} {outcome.rows:4} rows {outcome.right:4} right "
            f"{len(outcome.said):3} said {len(outcome.silent):3} silent  {len(parsed.unsure):3} unsure"
        )
        for one in outcome.said:
            print("    said  ", one)
        for one in outcome.silent:
            print("    SILENT", one)
    rows = max(total["rows"], 1)
    print(f"{dict(total)}: right {total['right'] / rows:.1%}, silently wrong {total['silent'] / rows:.2%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS, only=sys.argv[2] if len(sys.argv) > 2 else "")
