"""The description of the API and the API say the same, whatever is sent."""

import secrets
from pathlib import Path

import pytest
import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import server
from server import create_app, errors
from server.config import read_settings
from server.errors import UndersignedError
from server.services import partners, statements, texts
from server.services.tokens import add_token
from server.text.fields import FIELDS, OPTIONAL, PUBLISHED
from server.text.statement_file import VISIBILITIES, read_statement
from server.web.admin.auth import DESK_PATH
from server.web.context import EXTENSION
from server.web.errors import FILE_SUFFIXES
from server.web.public.submission import SUBMISSION_KEYS
from tests.conftest import ANI, PARTNER, RIVERS, RIVERS_FR, Clock, environment
from tests.scene import look, run
from tests.web.scene import NO_LIMITS, add_statement

FILE = Path(server.__file__).parent / "static" / "openapi.yaml"
DESCRIPTION = yaml.safe_load(FILE.read_text("utf-8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
# The file itself has a test among the assets; sent from here, its handle would stay open.
OPERATIONS = [found.ok() for found in SCHEMA.exclude(path="/api/v1/openapi.yaml").get_all_operations()]
pytestmark = pytest.mark.sqlite  # the description is of the answers, whichever engine is behind them
BOUNDED = hypothesis_settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OUTSIDE = {"internal", "settings", "refused", "link-invalid", "link-expired"}  # of pages, of commands, of the start


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    """A real instance without limits, whose clock never moves: every form token stays good."""
    clock = Clock()
    app = create_app(read_settings(environment(tmp_path_factory.mktemp("openapi"), **NO_LIMITS)), clock=clock)
    db = app.extensions[EXTENSION].db
    db.migrate(create=True)
    for source in (RIVERS, RIVERS_FR):
        texts.add_statement(db, read_statement(source), actor="test", now=clock())
    statements.open_statement(db, "open-rivers", actor="test", now=clock())
    partners.add_partner(db, "open-rivers", "river-watch", name="R", origins=[PARTNER], actor="test", now=clock())
    everything = {"fields": list(OPTIONAL), "visibilities": list(VISIBILITIES), "newsletter": "true", "goal": "5"}
    add_statement(db, "asks-all", clock(), **{name: str(value) for name, value in everything.items()})
    add_statement(db, "closed", clock())
    statements.close_statement(db, "closed", actor="test", now=clock())
    app.config["TEST_TOKEN"] = add_token(
        db, "test", scopes=["export"], slug=None, expires_at=None, actor="test", now=clock()
    )
    clock.forward(seconds=5)
    yield app
    db.close()


def call(app: Flask, case: schemathesis.Case):
    """Send a case through the real WSGI app, and compare the answer with the description."""
    case.headers["Accept-Encoding"] = "identity"  # it says that it takes others, and does not unpack them
    answer = case.call(app=app)
    case.validate_response(answer, checks=CHECKS)
    return answer


def make_real(draw, app: Flask, case: schemathesis.Case) -> None:
    """Swap in what random input will never hit, so that examples get past the first doors."""
    case.path_parameters = {"slug": draw(st.sampled_from(["open-rivers", "asks-all", "closed", "no-such"]))}
    case.headers["Authorization"] = f"Bearer {app.config['TEST_TOKEN']}"
    case.headers["Origin"] = draw(st.sampled_from([PARTNER, "http://localhost:8000", "null"]))
    if isinstance(case.body, dict) and case.path.endswith("confirmations"):
        case.body |= draw(st.sampled_from([{}, sent_code(app)]))
    elif isinstance(case.body, dict):
        if draw(st.booleans()):
            case.body = {}  # one odd field is enough for a refusal
        case.body |= {"form_token": form_token(app), "key": secrets.token_urlsafe(18)}
        case.body |= draw(st.sampled_from([{}, ANI, {"name": "Ani", "email": "a@x.example", "kind": "organisation"}]))


def form_token(app: Flask) -> str:
    token: str = app.test_client().get("/api/v1/statements/open-rivers").json["form_token"]
    return token


def sent_code(app: Flask) -> dict[str, str]:
    """Sign, and return what confirms it: as if the email were out."""
    key, context = secrets.token_urlsafe(18), app.extensions[EXTENSION]
    body = ANI | {"form_token": form_token(app), "key": key, "name": f"Ani {key}"}
    assert app.test_client().post("/api/v1/statements/open-rivers/signatures", json=body).status_code == 202
    run(context.db, "UPDATE signatures SET code_until = :until", until=context.clock() + 60)
    [row] = look(context.db, "SELECT id, nonce FROM signatures ORDER BY id DESC LIMIT 1")
    code = context.codes.of(row["id"], bytes(row["nonce"]))
    return {"key": key, "code": code, "consent": "individual"}


# The threads of PostgreSQL's connection pool draw random numbers beside, and look like a strategy that does.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
        for operation in OPERATIONS
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or operation.method != "options"  # a slug alone cannot be broken
    ],
)
def test_whatever_is_sent_is_answered_as_described(instance, operation, mode):
    instance.config["ANSWERED"] = []

    @BOUNDED
    @given(st.data())
    def run(data):
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if data.draw(st.booleans()):
            make_real(data.draw, instance, case)
        instance.config["ANSWERED"].append(call(instance, case).status_code)

    run()
    assert instance.config["ANSWERED"]
    assert max(instance.config["ANSWERED"]) < 500


@pytest.mark.parametrize(
    ("path", "answers"), [("signatures", {202, 400, 403, 404, 422}), ("confirmations", {200, 403, 404, 422})]
)
def test_the_examples_reach_every_kind_of_answer(instance, path, answers):
    """The twin: were all posts stopped at the first door, the test above would prove little."""
    instance.config["ANSWERED"] = []
    operation = next(found for found in OPERATIONS if found.label.startswith("POST") and found.label.endswith(path))

    @BOUNDED
    @given(st.data())
    def run(data):
        case = data.draw(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        make_real(data.draw, instance, case)
        instance.config["ANSWERED"].append(call(instance, case).status_code)

    run()
    assert answers <= set(instance.config["ANSWERED"])


# The file and the app know the same routes, statuses and codes


def described():
    return {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, item in DESCRIPTION["paths"].items()
        for method in item
        if method != "parameters"
    }


def routed(app: Flask):
    return {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") or (rule.rule.startswith(DESK_PATH) and rule.rule.endswith(FILE_SUFFIXES))
        for method in rule.methods
        - {"HEAD"}
        - ({"OPTIONS"} if "GET" in rule.methods or "POST" in rule.methods else set())
    }


def test_every_route_is_described_and_nothing_else(app):
    assert described() == routed(app)


def test_every_field_is_described_and_nothing_else():
    described = {
        name: set(DESCRIPTION["components"]["schemas"][name]["properties"]) for name in ("Submission", "Signatory")
    }

    assert described["Submission"] == SUBMISSION_KEYS
    assert described["Signatory"] & set(FIELDS) == {*PUBLISHED, "visibility"}


def codes_of(node):
    if isinstance(node, dict):
        if isinstance(node.get("code"), dict):
            yield from node["code"].get("enum", [node["code"].get("const")])
        for value in node.values():
            yield from codes_of(value)
    if isinstance(node, list):
        for value in node:
            yield from codes_of(value)


def test_every_code_is_described_and_nothing_else():
    ours = {
        error.code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, UndersignedError)
    }

    assert set(codes_of(DESCRIPTION)) - {None} == ours - OUTSIDE


def resolved(node):
    reference = node.get("$ref")
    if reference is None:
        return node
    found = DESCRIPTION
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def responses():
    for path, item in DESCRIPTION["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                for status, response in operation["responses"].items():
                    yield pytest.param(status, resolved(response), id=f"{method} {path} {status}")


@pytest.mark.parametrize(("status", "response"), list(responses()))
def test_every_error_has_an_example_that_says_its_status_and_is_one_of_its_codes(status, response):
    if status < "400":
        return
    content = response["content"]["application/problem+json"]
    assert content["example"]["status"] == int(status)
    assert content["example"]["code"] in set(codes_of(content["schema"]))
    if status in ("429", "503"):
        assert "Retry-After" in response["headers"]


def test_the_whole_file_is_openapi():
    SCHEMA.validate()
