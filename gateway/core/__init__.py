"""Decides. No I/O, no clock, no chance: what is known goes in, what follows comes out.

`parties`, `dataflow`, `agreement`, `period`, `result` and `rules` are the nouns of the configuration; `facts` is what
happened; `calendar`, `decide`, `duties`, `chasing` and `releasing` say what follows; `letters` and `message` put it
into words; `refusal` holds every reason for which something is not accepted.
"""
