"""One month of a small county, played with the real daemon code, for people to look at.

`county` is the installation and its neighbours as `founding` has set them up, `story` and `attaching` what happens,
`telling` how it is printed; `playing` does it all, and checks at the end that it is true. `people`, `month`, `rows`,
`reports` and `old_excel` invent what is reported; `senders`, `wrapping`, `post_office` and `dovecot` are the world
around the gateway.
"""
