"""What the product does: each function is one transaction, each module is about one noun or one flow."""
