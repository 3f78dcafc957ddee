"""Accepted tables become one, each row with its origin."""
