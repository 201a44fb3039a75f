"""Prices: what an offer costs this account, now and then, and the proof of it."""
