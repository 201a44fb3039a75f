"""Pure verdicts: no I/O, clock, randomness or model; the same inputs give the same bytes."""
