"""The roof of delivery: an effect on its way out, judged again, put into words, and handed to its channel."""
