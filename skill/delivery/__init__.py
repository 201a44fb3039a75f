"""Delivery: what carries an offer that was decided to a person, by its channel, once."""
