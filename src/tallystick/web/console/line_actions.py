"""What can be done to many commission lines at once."""

from __future__ import annotations

from typing import Final

from tallystick.web.listing.bulk import BulkAction

LINE_ACTIONS: Final[tuple[BulkAction, ...]] = ()
