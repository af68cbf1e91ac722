"""A statement file as small as it can be, and what is said of one that is wrong."""

from datetime import datetime

import pytest

from server.text.statement_file import StatementFileError, read_statement

SMALLEST = {"slug": '"lake-letter"', "locale": '"en"', "title": '"Keep the lake open"'}


def written(body: str = "We ask for the lake.", **values: str) -> str:
    table = SMALLEST | values
    return "+++\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) + f"+++\n\n{body}\n"


def problems(source: str) -> dict[str, str]:
    with pytest.raises(StatementFileError) as caught:
        read_statement(source)
    return {problem.key: problem.message for problem in caught.value.problems}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
