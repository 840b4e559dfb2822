"""The inbox: everything that waits for somebody, from every module, in one order.

`items` says what a thing that waits is, `sources` gather them from the modules, `reading` puts them together with what
people have marked. A new source is a function in `sources.py` and an entry in `SOURCES`. See docs/how-to/inbox.md.
"""
