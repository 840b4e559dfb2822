"""Pure values and arithmetic that every other room stands on.

Owns money, currencies, rounding, allocation, periods, references, conditions on named facts, explanations, canonical
JSON and the normal forms of company names and domains. Everything here is a function of its arguments: no Django, no
database, no clock, no randomness, no settings. It tells the other rooms what a figure is; it never knows whose.
"""
