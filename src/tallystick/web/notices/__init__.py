"""Pages of notifications, the same in console and portal: what one was told, and what one wants to hear of."""
