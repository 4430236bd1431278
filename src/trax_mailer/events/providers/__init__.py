"""Webhooks of mail providers, one module each.

Takes what was posted, as bytes; returns whether the provider signed it, and reports. Never believes what is
not signed, and never refuses a whole body for one part that it does not know.
"""
