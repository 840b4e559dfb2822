"""Commission plans as documents: read, checked, hashed. What they pay is computed in `commissions.rules`."""
