"""The pages before and between workspaces: sign-in by code or link, invitations, choosing where to work, sign-out."""
