"""The desk: pages for admins behind a login. Each module has one or more blueprints."""

from server.web.admin import (
    approvals,
    emails,
    exports,
    founding,
    invitations,
    journal,
    login,
    partners,
    people,
    settings,
    signatures,
    statements,
    texts,
)

BLUEPRINTS = (
    login.bp,
    login.account_bp,
    statements.bp,
    statements.new_statement_bp,
    texts.bp,
    texts.revise_bp,
    emails.bp,
    settings.bp,
    settings.consent_bp,
    founding.bp,
    invitations.bp,
    signatures.bp,
    signatures.signature_bp,
    approvals.bp,
    partners.bp,
    exports.bp,
    journal.bp,
    people.bp,
    people.tokens_bp,
)
