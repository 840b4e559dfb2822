"""The style guide: every component in all its states, on one page at /styleguide/.

`samples` holds invented figures, `forms` the fields, `page` puts them together. The stories themselves are templates
in `ui/styleguide/`, one a family. A test holds that every component has a story.
"""
