"""A warehouse: every threshold row of a Playbook asked of every account where the data is, by one SQL statement."""
