"""Rules of engagement as an ordered, versioned document: how it is written, read, and held against a claim.

`facts` is what conditions may name, `document` how the YAML is written, `reading` turns it into `Engagement` or into a
list of what is wrong, `assessing` holds a claim against it. A part with figures of its own is one file that declares a
`Section` and one line in `section_list`. Specified in docs/explanation/deal-registration.md.
"""
