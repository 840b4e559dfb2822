"""Small files of each kind, to try an import with and to see what one looks like."""
