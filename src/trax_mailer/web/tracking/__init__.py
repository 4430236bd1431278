"""The addresses in tracked mails: `/c/<token>/<number>` passes a reader on, `/o/<token>` is a picture.

Takes requests before the other pages do, so that they cost little. Never answers with an error, never leads
anywhere but to a target that was looked up, sets no cookie, and writes no access log.
"""

from trax_mailer.web.tracking.app import TrackedLinks

__all__ = ["TrackedLinks"]
