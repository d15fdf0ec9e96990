"""Changes on Pages, WhatsApp accounts, and phone numbers, and their restore: ledger, plan, and lease."""
