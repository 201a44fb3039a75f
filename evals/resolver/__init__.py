"""What the resolver learned from, and how to learn it again."""
