"""Value: what changes with an offer, and what the product brought so far."""
