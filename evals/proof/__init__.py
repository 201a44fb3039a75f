"""Proofs: each measures what an issue promised, prints a table and never fails for a figure that falls short."""
