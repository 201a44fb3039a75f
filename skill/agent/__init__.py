"""The model's room: words are put together and proven here; nothing here decides."""
