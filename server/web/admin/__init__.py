"""The admins' desk: pages behind a login, each behind a role; server-rendered, with a little script where it helps."""
