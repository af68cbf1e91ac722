"""The demo: an example statement, a pretend partner website on another origin, and a mailbox that can be read."""
