"""A shared log on PostgreSQL 14 or later. Loaded only for a log with such an address; psycopg is imported only here."""
