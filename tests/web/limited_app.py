"""A small app with limits, and visitors who knock at it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

from server.errors import TooMany
from server.web.limits import hit, init_limits, limited, visitor

LIMITS = {
    "sign": "4 per minute; 6 per hour",
    "attempt": "100 per minute",
    "confirm": "10 per minute",
    "page": "20 per minute",
}


def make_app(storage_uri: str, limits: dict[str, str] | None = None) -> Flask:
    app = Flask("limited")
    init_limits(app, limits={**LIMITS, **(limits or {})}, storage_uri=storage_uri)

    @app.get("/link")
    @limited("confirm")
    def link() -> str:
        return "a link"

    @app.get("/other-link")
    @limited("confirm")
    def other_link() -> str:
        return "another link"

    @app.get("/page")
    @limited("page")
    def page() -> str:
        return visitor()

    @app.post("/sign")
    @limited("attempt")
    def sign() -> tuple[str, int]:
        if not request.data:
            return "invalid", 422
        hit("sign")
        return "pending", 202

    @app.errorhandler(TooMany)
    def explain(error: TooMany):
        return "too many", error.status, {"Retry-After": str(error.retry_after_s)}

    return app


def get(app: Flask, address: str = "203.0.113.7", url: str = "/link") -> int:
    return app.test_client().get(url, environ_base={"REMOTE_ADDR": address}).status_code


def post(app: Flask, body: str = "a signature", address: str = "203.0.113.7"):
    return app.test_client().post("/sign", data=body, environ_base={"REMOTE_ADDR": address})


def accepted(statuses: Sequence[int]) -> int:
    assert set(statuses) <= {200, 202, 429}
    return sum(status != 429 for status in statuses)


def in_eight_threads(act, times: int) -> list[int]:
    with ThreadPoolExecutor(8) as threads:
        return [done.result() for done in [threads.submit(act) for _ in range(times)]]
