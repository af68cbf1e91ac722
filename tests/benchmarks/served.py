"""Serves a fresh instance of one tree until its input ends: ``python served.py TREE FOLDER SETTING=VALUE...``.

A tree is a checkout of any commit with ``tests.drills.real_server``. Prints what a client needs, as one line of JSON.
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Serve the tree that the command line names, from its own code."""
    tree, folder, *settings = sys.argv[1:]
    os.environ["PYTHONPATH"] = tree
    sys.path.insert(0, tree)
    from tests.drills import real_server

    assert real_server.__file__.startswith(tree), "this is another tree's"
    instance = real_server.make_real_instance(Path(folder), **dict(setting.split("=", 1) for setting in settings))
    with real_server.serving(instance):
        known = {"port": instance.port, "path": instance.sign_path, "token": instance.form_token()}
        print(json.dumps(known), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
