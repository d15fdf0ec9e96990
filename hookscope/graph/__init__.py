"""The Graph API: the client of the subscriptions edge, the ledger, and the lease that puts everything back."""
