"""Changes on a Page, a WhatsApp account, or a phone number, and their way back: ledger, plan, lease, and restore."""
