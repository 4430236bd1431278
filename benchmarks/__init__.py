"""Benchmarks: each figure a ratio to a yardstick measured in the same run, on the same machine.

Takes nothing but numbers; prints the machine and a table, and writes build/bench/<name>.json. Uses only
public tools and loopback, keeps its data in a folder of its own that it removes at the end, and never
touches a workspace's state.

    python -m benchmarks [--quick] [NAME…]
"""
