"""Who brought each opportunity, and why.

Owns touches, the attribution policy and its versions, and one decision per opportunity with evidence and explanation.
Never touches money.
"""
