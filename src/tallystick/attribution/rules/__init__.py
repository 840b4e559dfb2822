"""The attribution rules: pure decisions on who sourced and who influenced an opportunity.

`decide` takes facts and a policy and gives a `Decision`; `explain` puts it into words; `find_gaps` tells what a person
should look at. No clock, no database, no settings.
"""
