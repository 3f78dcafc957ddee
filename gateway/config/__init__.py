"""Configuration: `config/` and `keys/` → rules and settings, or every mistake at once, with file, key, reason, repair.

Start with `load`, which calls one reader a file kind; each reader is a page that says what its file may hold. `reader`
and `kinds` read single tables and values, `mistakes` is what they collect. `settings` is what comes out for the
installation; `gateway.core.rules` for everything that decisions follow from.
"""

from gateway.config.load import Configuration, load
from gateway.config.mistakes import BadConfiguration, Mistake

__all__ = ["BadConfiguration", "Configuration", "Mistake", "load"]
