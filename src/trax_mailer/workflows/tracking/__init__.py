"""Tracking: where links lead, what comes back, how long it is kept, and what people decide about it.

Takes requests that the public server has stripped of everything but their class, keeps visits, and passes
readers on. Never keeps an IP address, a user agent or an address, never lets a reader wait for the ledger,
and never leads anywhere but to a target that was looked up.
"""
