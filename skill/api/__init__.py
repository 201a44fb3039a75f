"""The HTTP doors: one file a noun, `deps.py` for who is asking, `problems.py` for every refusal."""
