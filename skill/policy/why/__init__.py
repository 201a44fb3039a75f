"""Why not: every failed condition of an offer, and the smallest change that flips it."""
