"""The types that stages exchange: frozen, typed, without any input or output.

Takes nothing from outside the standard library, returns plain values, and never reads a file,
opens a connection or looks at a clock.
"""
