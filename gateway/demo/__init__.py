"""One month of a small county, played with the real daemon code, for people to look at.

`county` is the installation and its neighbours, `story` what happens, `telling` how it is printed, `looking_back` the
checks at the end. `people`, `month`, `rows` and `reports` invent what is reported; `senders`, `post_office` and
`dovecot` are the world around the gateway.
"""

from __future__ import annotations

from pathlib import Path


def play(folder: Path, seed: int) -> int:
    """Play the month into this folder; 0 if the journal and every receipt verify in the end."""
    from gateway.demo.playing import play as play_month

    return play_month(folder, seed)
