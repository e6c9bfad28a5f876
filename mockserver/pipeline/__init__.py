"""The request pipeline: one module a stage, in the order in which `handler` runs them."""
