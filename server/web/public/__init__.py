"""The public side: what partner websites, signers and visitors reach."""
