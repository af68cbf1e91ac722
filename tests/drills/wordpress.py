"""Debian's WordPress with a database of its own and PHP's server, on loopback, and its editor as somebody uses it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.processes import Running, free_port

_SOURCE = Path("/usr/share/wordpress")
_THEME = Path("/usr/share/wordpress/wp-content/themes/twentytwentythree")
PACKAGES = "wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-xml mariadb-server"
PASSWORD = "a password of this drill"
ADMIN, AUTHOR = "admin", "author"
_CONFIG = """<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'WP_HOME', '{url}' );
define( 'WP_SITEURL', '{url}' );
define( 'FS_METHOD', 'direct' );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
// Nothing but this machine is asked for anything.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', 'localhost' );
$table_prefix = 'wp_';
defined( 'ABSPATH' ) || define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"""
# WordPress asks no server on this machine, and at no other port, unless it is told that it may.
_MU_PLUGIN = """<?php
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter( 'http_allowed_safe_ports', function ( $ports ) { return array_merge( $ports, range( 1024, 65535 ) ); } );
"""
_INSTALL = """<?php
define( 'WP_INSTALLING', true );
$_SERVER += array( 'HTTP_HOST' => 'localhost', 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1' );
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'A blog', 'admin', 'admin@blog.example', false, '', '{password}' );
wp_insert_user( array( 'user_login' => 'author', 'user_pass' => '{password}', 'role' => 'author' ) );
"""


def missing() -> str | None:
    """Return what is not installed, or None."""
    wanted = [_SOURCE / "wp-load.php", _THEME]
    commands = [name for name in ("php", "mariadbd", "mariadb-install-db", "mariadb") if not shutil.which(name)]
    return ", ".join([str(path) for path in wanted if not path.exists()] + commands) or None


def require_wordpress() -> None:
    """Skip, or where nothing may be skipped fail, without what this needs."""
    if lacking := missing():
        reason = f"missing: {lacking}; apt-get install --no-install-recommends {PACKAGES}"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@dataclass(frozen=True)
class WordPress:
    """A site that is running; ``folder`` holds its files."""

    folder: Path
    url: str

    def log_in(self, page: Page, user: str) -> None:
        page.goto(f"{self.url}/wp-login.php")
        page.get_by_label("Username or Email Address").fill(user)
        page.locator("#user_pass").fill(PASSWORD)
        page.get_by_role("button", name="Log In").click()
        expect(page.locator("#wpadminbar")).to_be_visible()

    def install_plugin(self, page: Page, archive: Path) -> None:
        """Install and activate a plugin from its zip file, as an administrator does."""
        page.goto(f"{self.url}/wp-admin/plugin-install.php?tab=upload")
        page.locator("#pluginzip").set_input_files(archive)
        page.get_by_role("button", name="Install Now").click()
        page.get_by_role("link", name="Activate Plugin").click()
        expect(page.get_by_text("Plugin activated.")).to_be_visible()

    def open_editor(self, page: Page) -> None:
        """Open the editor with a new post."""
        page.goto(f"{self.url}/wp-admin/post-new.php")
        page.wait_for_function("window.wp?.data?.select('core/editor')?.getCurrentPostId()")
        page.evaluate("wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false)")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def publish(self, page: Page) -> str:
        """Publish the post in the editor and return its address."""
        page.get_by_role("button", name="Publish", exact=True).click()
        panel = page.get_by_role("region", name="Editor publish")
        panel.get_by_role("button", name="Publish", exact=True).click()
        expect(panel.get_by_text("is now live")).to_be_visible()
        return str(page.evaluate("wp.data.select('core/editor').getPermalink()"))

    def post(self, page: Page, title: str, content: str) -> str:
        """Publish a post by the REST API, as the user whose page this is; return its address."""
        self.open_editor(page)
        data = {"title": title, "content": content, "status": "publish"}
        made: dict[str, Any] = page.evaluate(
            "(data) => wp.apiFetch({ path: '/wp/v2/posts', method: 'POST', data })", data
        )
        return str(made["link"])


@contextmanager
def running_wordpress(folder: Path) -> Iterator[WordPress]:
    """Install WordPress into a folder and run it there."""
    site, data, socket, port = folder / "site", folder / "data", folder / "sock", free_port()
    url = f"http://localhost:{port}"
    shutil.copytree(_SOURCE, site, ignore=shutil.ignore_patterns("wp-content", "wp-config.php"))
    shutil.copytree(_THEME, site / "wp-content" / "themes" / _THEME.name)
    for name in ("plugins", "uploads", "mu-plugins"):
        (site / "wp-content" / name).mkdir()
    (site / "wp-content" / "mu-plugins" / "loopback.php").write_text(_MU_PLUGIN, "utf-8")
    (site / "wp-config.php").write_text(_CONFIG.format(socket=socket, url=url), "utf-8")
    (site / "install-here.php").write_text(_INSTALL.format(password=PASSWORD), "utf-8")
    with ExitStack() as leaving:
        leaving.enter_context(_running_database(folder, data, socket))
        _run("php", str(site / "install-here.php"), cwd=site)
        command = ("php", "-S", f"localhost:{port}", "-t", str(site))
        settings = {"PHP_CLI_SERVER_WORKERS": "4"}
        server = leaving.enter_context(Running(command, printed=folder / "php.log", cwd=site, env=settings))
        server.wait_for("WordPress", lambda: _answers(port))
        yield WordPress(site, url)


@contextmanager
def _running_database(folder: Path, data: Path, socket: Path) -> Iterator[None]:
    _run("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal")
    user = ("--user=root",) if os.geteuid() == 0 else ()
    command = ("mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking", *user)
    with Running(command, printed=folder / "mariadb.log", cwd=folder) as database:
        client = ("mariadb", "--no-defaults", f"--socket={socket}", "--user=root")
        database.wait_for("the database", lambda: _succeeds(*client, "-e", "CREATE DATABASE IF NOT EXISTS wordpress"))
        yield


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def _answers(port: int) -> bool:
    connection = HTTPConnection("localhost", port, timeout=60)
    try:
        connection.request("GET", "/wp-login.php")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def embed_block(address: str) -> str:
    """What the editor makes of an address that was pasted on a line of its own."""
    said = json.dumps({"url": address}).replace("&", "\\u0026")
    inside = f'<div class="wp-block-embed__wrapper">\n{address.replace("&", "&amp;")}\n</div>'
    return f'<!-- wp:embed {said} -->\n<figure class="wp-block-embed">{inside}</figure>\n<!-- /wp:embed -->'


def html_block(html: str) -> str:
    """A Custom HTML block."""
    return f"<!-- wp:html -->\n{html}\n<!-- /wp:html -->"
