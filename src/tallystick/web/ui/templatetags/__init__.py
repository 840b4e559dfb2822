"""Template tags of the components; both libraries are builtins, so templates need no `load`."""
