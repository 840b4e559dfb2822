"""Django without business: tenancy, access, activity, jobs, database, logs.

Owns workspaces, people, memberships and the activity stream. Tells the other modules who acts, in which
workspace, for which partner. Never knows what a deal or a commission is.
"""
