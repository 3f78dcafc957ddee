"""One month of a small county, played with the real daemon code, for people to look at.

`county` is the installation and its neighbours, `story` what happens, `telling` how it is printed; `playing` does it
all, and checks at the end that it is true. `people`, `month`, `rows` and `reports` invent what is reported; `senders`,
`post_office` and `dovecot` are the world around the gateway.
"""
