"""Forms: what partners are asked beside the standard fields of a registration or a lead.

A form is a versioned YAML document, read by `reading`, changed field by field by `editing`; `answering` holds what
somebody wrote against it. Specified in docs/explanation/deal-registration.md.
"""
