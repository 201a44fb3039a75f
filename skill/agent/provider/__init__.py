"""A language model behind the seam: its turns, the endpoint that gives them, and patience with it."""
