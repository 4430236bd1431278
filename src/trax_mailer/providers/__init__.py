"""Providers' own interfaces, as far as several stages need them.

Takes settings and plain addresses, returns replies and entries as the provider gives them. Never decides
what they mean for a reader, never touches the ledger, and never lets a key into logs or errors.
"""
