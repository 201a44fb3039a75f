"""What is kept: accounts, people, usage and every decision, by tenant, in SQLite or PostgreSQL."""
