"""Rendering: an issue and a look become an edition.

`load_look` reads the templates, the theme, the words and the style sheet of a workspace once;
`render_issue` turns an `Issue` into `Rendered`: an `Edition`, or the findings that say why there
is none. The way through is written down in `render.edition`.

Rendering never reads anything but the issue's pictures and the look's own files, opens no connection,
looks at no clock and knows no reader: the same input gives the same bytes.
"""

from trax_mailer.render.edition import Rendered, render_issue
from trax_mailer.render.look import Look, load_look

__all__ = ["Look", "Rendered", "load_look", "render_issue"]
