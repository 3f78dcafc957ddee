"""What several formats are made of, and what several are read with. None of it is a handler or knows one."""
