"""Settings with a fault in them, and what is said of it."""

from server.config import read_settings
from server.errors import SettingsError

P = "UNDERSIGNED_"


def problems(environ: dict[str, str], **changes: str | None) -> list[str]:
    """What is said of these settings; None takes one away."""
    changed = {name: value for name, value in {**environ, **changes}.items() if value is not None}
    try:
        read_settings(changed)
    except SettingsError as refusal:
        return str(refusal).splitlines()
    return []
