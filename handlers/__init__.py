"""One file for one format; `gateway.handler` says what a handler is, README.md which there are."""
