"""The only folder that speaks HTTP: partners, signers and admins each by their own door."""
