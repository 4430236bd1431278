"""The faces in a browser: `public` for readers, `preview` for whoever writes.

Takes requests, calls workflows, returns pages. Never reaches a stage by itself, never keeps an access
log, sets no cookie, and asks nothing of any other host.
"""
