"""Offers: what leads to what was asked, with its witness, in its order."""
