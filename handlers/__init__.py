"""One entry for one format; `gateway.handler` says what a handler is, README.md which there are.

`forms` is what several of them are made of.
"""
