"""Photo bytes → facts → verdict: pure functions, no SQL, no HTTP.

A photo goes through the rooms `intake`, `seeing` and `facts` in this order, each of which knows the next ones alone
(`read`); `rules` decides over the facts, `enrol` makes a new SKU known. At the top stands what several rooms share.
"""
