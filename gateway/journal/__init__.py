"""The journal: all facts in order, a Merkle tree over them, signed checkpoints, and what they prove.

Read `codec` (a fact as one line), `merkle` (RFC 6962), `tiles` (the tree as rows), `checkpoint` (the tree head,
signed), `receipt` (what a department keeps), `export` (all of it as one file), and last `verify`, which trusts none
of them: it runs alone, on the standard library and PyNaCl, and imports nothing from here.
"""
