"""Which feature is meant, and passages found by words and by meaning; two indexes, one of them internal."""
