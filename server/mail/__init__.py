"""Emails: composing them, and the transports that carry them."""
