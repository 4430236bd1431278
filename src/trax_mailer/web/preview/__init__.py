"""The live preview: a page on this machine that follows an issue as it is written.

Takes a workspace and the name of an issue, serves the page on 127.0.0.1. Never writes a file, never
sends a mail, and answers no other host name, so that no web site can reach it through the browser.
"""

from trax_mailer.web.preview.serving import serve

__all__ = ["serve"]
