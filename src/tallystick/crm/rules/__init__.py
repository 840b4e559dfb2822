"""Pure rules of the module: how an export is read, before anything touches the database."""
