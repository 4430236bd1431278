"""Messages a second by SMTP: our transport and others, against Postfix's smtp-source into the same sinks.

Needs postfix (smtp-source, smtp-sink) and a C compiler; nodemailer is measured where npm is there. Takes
`--quick` and nothing else. It never connects to anything but its own sinks on loopback.
"""
