"""Emails: what they say, when they are sent, and the transports that carry them."""
