"""Signed links and codes, encryption and passwords. Nothing here uses the database or HTTP."""
