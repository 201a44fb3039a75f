"""Where facts about customers come from: an account file, a request, our own store."""
