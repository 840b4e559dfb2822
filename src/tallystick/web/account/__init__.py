"""One's own account, for the vendor's people and the partners' alike: who one is, how to sign in, where one is."""
