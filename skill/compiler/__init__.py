"""Topics folder in, Playbook and diagnostics out."""
