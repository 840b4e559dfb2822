"""Addresses that other programs post to: each checks a signature, keeps what came and answers at once."""
