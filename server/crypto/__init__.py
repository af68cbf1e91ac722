"""Signed links and codes, encryption, passwords. No database, no HTTP."""
