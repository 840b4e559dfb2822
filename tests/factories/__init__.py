"""Rows and facts that tests stand on. `make_row` makes a row of any model; domain factories are modules beside it."""

from tests.factories.rows import make_row

__all__ = ["make_row"]
