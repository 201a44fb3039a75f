"""Signals: each threshold as a closure over one account, what holds, and how ready that makes it."""
