"""One account told: its signals, figures and allowances, for those who look after it."""
