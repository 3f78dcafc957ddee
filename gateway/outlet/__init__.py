"""Ways out for letters that are already written: to a mail relay, or into an officer's folder."""
