"""Mail about our mail: delivery reports, complaints, answers, and whatever else lies in a mailbox.

Takes the bytes of messages; returns what kind of mail each is, and the reports in it. Never changes
a mailbox, never guesses what a reader wants from free text, and never lets a message take it down: what is
too large, too deep or too odd is named as such.
"""
