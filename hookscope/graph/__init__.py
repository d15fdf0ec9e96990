"""Talking to the Graph API: the client of the subscriptions edge, the ledger, and the lease with its way back."""
