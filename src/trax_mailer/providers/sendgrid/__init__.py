"""SendGrid's v3 API through the official package: the client, what its replies say, its suppression lists.

Every call has a time-out. Never follows a redirect, and never sends mail: that is the transport's.
"""
