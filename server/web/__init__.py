"""The HTTP layer, and the only folder that knows HTTP: public pages and API, and the desk for admins."""
