"""One arrival becomes verdicts.

Read in this order: `case` (what is judged, and by what means), `proving` (who sent it), `unpacking` (its containers,
opened one within the other; `seals`, `formats` and `secrets` beside it), `documents` (what is in them, what covers it),
`offered_keys` (public keys among it), `submissions` (what reports they are, and what the checks find), `marking` (the
sender's own file with the places marked; `mending`: with its repairs), `agreeing` (a reply that agrees to repairs;
`consents`: what is signed itself), `examine` (these in a row, in the sandbox), `repairs` (what is offered), `taking`
(what is agreed to), `explaining` and `explanations` (queries answered by a reply or a list that came back, `shelf` with
what was asked and said before), `settle` (what follows, with everything known before: the one `Judged` fact), `details`
(what the receipt will tell).
"""
