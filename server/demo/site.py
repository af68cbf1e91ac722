"""A pretend partner's website: a small server of its own, on another port and so of another origin."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_EXAMPLES = Path(__file__).parent.parent.parent / "widget" / "examples"
_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8"}


class PartnerSite(ThreadingHTTPServer):
    """Serves ``widget/examples`` with the address of the server and the statement filled in."""

    def __init__(self, port: int, *, server_url: str, slug: str, partner: str) -> None:
        super().__init__(("127.0.0.1", port), _Visit)
        self.filled_in = {"{{server}}": server_url, "{{statement}}": slug, "{{partner}}": partner}
        # What a careful organisation's website says of itself: scripts and connections to us, and to nobody else.
        self.policy = (
            f"default-src 'none'; script-src {server_url}; connect-src {server_url}; style-src 'self'; "
            "img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
        )

    def start(self) -> None:
        """Serve in a thread that does not keep the process alive."""
        threading.Thread(target=self.serve_forever, name="partner-site", daemon=True).start()


class _Visit(BaseHTTPRequestHandler):
    server: PartnerSite

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/") or "partner.html"
        known = {file.name: file for file in _EXAMPLES.iterdir() if file.suffix in _TYPES}
        if name not in known:
            self.send_error(404)
            return
        page = known[name].read_text(encoding="utf-8")
        for placeholder, value in self.server.filled_in.items():
            page = page.replace(placeholder, value)
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", _TYPES[known[name].suffix])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_details: object) -> None:
        """Keep the terminal for what the demo has to say."""
