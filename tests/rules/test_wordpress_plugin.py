"""The WordPress plugin has the version of the project, everywhere that WordPress reads one, and is in no wheel."""

import json
import re
import tomllib
from pathlib import Path

from tests.rules.sources import ROOT

PLUGIN = ROOT / "widget" / "wordpress" / "undersigned"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def versions_in(folder: Path) -> dict[str, str]:
    """Every version that WordPress reads in a plugin's folder."""
    php, readme = ((folder / name).read_text("utf-8") for name in ("undersigned.php", "readme.txt"))
    found = {
        "header": re.search(r"^ \* Version: (.+)$", php, re.MULTILINE),
        "constant": re.search(r"^const UNDERSIGNED_VERSION = '(.+)';$", php, re.MULTILINE),
        "readme": re.search(r"^Stable tag: (.+)$", readme, re.MULTILINE),
        "changelog": re.search(r"^= (.+) =$", readme.partition("== Changelog ==")[2], re.MULTILINE),
    }
    block = json.loads((folder / "block.json").read_text("utf-8"))["version"]
    return {"block": block} | {name: match[1] for name, match in found.items() if match}


def test_the_plugin_has_the_version_of_the_project():
    version = PROJECT["project"]["version"]

    assert versions_in(PLUGIN) == dict.fromkeys(("block", "header", "constant", "readme", "changelog"), version)


def test_a_version_that_was_forgotten_is_found(tmp_path):
    """The twin."""
    for file in PLUGIN.iterdir():
        (tmp_path / file.name).write_text(file.read_text("utf-8").replace("Stable tag: ", "Stable tag: 9."), "utf-8")

    assert len(set(versions_in(tmp_path).values())) == 2


def test_the_package_for_servers_leaves_it_out():
    assert "widget/wordpress" in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"]
