"""Who signs: an individual, or an organisation; one list for statements, signatures and founding lists."""

from typing import Literal, get_args

Kind = Literal["individual", "organisation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
