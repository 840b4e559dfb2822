"""Commands of the module: files are imported and imports undone. Nothing else writes revenue facts by hand."""
