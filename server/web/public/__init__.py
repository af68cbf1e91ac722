"""The public routes, for partner websites, signers and visitors."""
