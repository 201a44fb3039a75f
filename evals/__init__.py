"""What measures the skill: fixture conversations, speed, and the proofs."""
