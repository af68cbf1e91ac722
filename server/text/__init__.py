"""Pure functions on text: names, addresses, dates, statement files, translations. No database or HTTP here."""
