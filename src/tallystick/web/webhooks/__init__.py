"""The pages of outgoing webhooks, at the vendor and at a partner: endpoints, their secrets, what was sent to them."""
