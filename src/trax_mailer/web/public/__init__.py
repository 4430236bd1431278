"""The pages that mails point to: leaving a list, pictures, the browser view.

Takes the settings and the ledger, answers readers and mail programs. Never shows a name or an address
of a reader, never changes anything on GET, never redirects, and writes no access log.
"""

from trax_mailer.web.public.app import make_app
from trax_mailer.web.public.serving import serve

__all__ = ["make_app", "serve"]
