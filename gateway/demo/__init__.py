"""One month of a small county, played with the real daemon code, for people to look at."""
