"""Takes bytes in by one channel each, records `Received`, and does nothing else.

Every channel acknowledges (a `250`, a move, the folder's `done/`) only after the inbox says that the bytes are durable,
and refuses for the moment while it cannot. Read `smtp`; `imap` over `imap_server`; `folder` over `folder_sight` (when a
file is there), `folder_done` (how it is moved) and `folder_events` (what wakes the scan). `rounds` is the loop of both.
"""
