"""What the product does: one transaction a function, one module a noun or a flow."""
