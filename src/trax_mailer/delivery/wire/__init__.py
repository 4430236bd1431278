"""From a letter to the bytes of a message, as they travel by SMTP or lie in an .eml file.

Takes a `Letter` and recipients, returns messages of RFC 5322. The part of a message that is the same
for all readers is encoded once; what differs is filled in between. Never parses or builds a message
per reader, and never opens a connection.
"""

from trax_mailer.delivery.wire.mime import Skeleton, build_skeleton

__all__ = ["Skeleton", "build_skeleton"]
