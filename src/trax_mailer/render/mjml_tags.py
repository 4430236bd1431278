"""What MJML takes: tags, their attributes and what may stand inside them.

After MJML 5's own tables (packages/mjml-*/src and mjml-preset-core), less what the compiler used
here refuses or silently gets wrong.
"""

from __future__ import annotations

_PADDING = ("padding", "padding-top", "padding-right", "padding-bottom", "padding-left")
_BORDER = ("border", "border-top", "border-right", "border-bottom", "border-left", "border-radius")
_FONT = ("color", "font-family", "font-size", "font-style", "font-weight", "line-height")
_SPOKEN = (*_FONT, "letter-spacing", "text-decoration", "text-transform")
_BOX = ("container-background-color", *_PADDING)
_LINK = ("href", "rel", "target", "name", "title")
_BACKGROUND = (
    "background-color",
    "background-url",
    "background-repeat",
    "background-size",
    "background-position",
    "background-position-x",
    "background-position-y",
)
_ACCORDION_ICON = (
    "icon-align",
    "icon-width",
    "icon-height",
    "icon-wrapped-url",
    "icon-wrapped-alt",
    "icon-unwrapped-url",
    "icon-unwrapped-alt",
    "icon-position",
)
_SECTION = (*_BACKGROUND, *_BORDER, *_PADDING, "direction", "full-width", "text-align", "text-padding")
_NAVBAR_ICON = (
    "hamburger",
    "ico-align",
    "ico-open",
    "ico-close",
    "ico-color",
    "ico-font-size",
    "ico-font-family",
    "ico-text-transform",
    "ico-text-decoration",
    "ico-line-height",
    "ico-padding",
    "ico-padding-top",
    "ico-padding-right",
    "ico-padding-bottom",
    "ico-padding-left",
)
_ON_EVERY_COMPONENT = ("css-class", "mj-class")

_COMPONENTS: dict[str, tuple[str, ...]] = {
    "mj-accordion": (*_BOX, "border", "font-family", *_ACCORDION_ICON),
    "mj-accordion-element": ("background-color", "border", "font-family", *_ACCORDION_ICON),
    "mj-accordion-title": ("background-color", "color", "font-family", "font-size", "font-weight", *_PADDING),
    "mj-accordion-text": ("background-color", *_FONT, "letter-spacing", *_PADDING),
    "mj-button": (
        *_SPOKEN,
        *_BORDER,
        *_BOX,
        *_LINK,
        "align",
        "background-color",
        "height",
        "inner-padding",
        "text-align",
        "vertical-align",
        "width",
    ),
    "mj-column": (
        *_BORDER,
        *_PADDING,
        *(f"inner-{name}" for name in _BORDER),
        "background-color",
        "inner-background-color",
        "direction",
        "vertical-align",
        "width",
    ),
    "mj-divider": (*_BOX, "align", "border-color", "border-style", "border-width", "width"),
    "mj-group": ("background-color", "direction", "vertical-align", "width"),
    "mj-image": (
        *_BORDER,
        *_BOX,
        *_LINK,
        "align",
        "alt",
        "fluid-on-mobile",
        "font-size",
        "height",
        "max-height",
        "sizes",
        "src",
        "srcset",
        "usemap",
        "width",
    ),
    "mj-navbar": (*_PADDING, "align", "base-url", *_NAVBAR_ICON),
    "mj-navbar-link": (*_SPOKEN, *_PADDING, *_LINK),
    "mj-section": _SECTION,
    "mj-social": (
        *_FONT,
        *_BOX,
        "align",
        "border",
        "border-radius",
        "icon-height",
        "icon-padding",
        "icon-size",
        "inner-padding",
        "mode",
        "table-layout",
        "text-decoration",
        "text-padding",
        "vertical-align",
    ),
    "mj-social-element": (
        *_FONT,
        *_PADDING,
        *_LINK,
        "align",
        "alt",
        "background-color",
        "border",
        "border-radius",
        "icon-height",
        "icon-padding",
        "icon-position",
        "icon-size",
        "sizes",
        "src",
        "srcset",
        "text-decoration",
        "text-padding",
        "vertical-align",
    ),
    "mj-spacer": (*_BOX, "border", "border-top", "border-right", "border-bottom", "border-left", "height"),
    "mj-table": (
        *_FONT,
        *_BOX,
        "align",
        "border",
        "cellpadding",
        "cellspacing",
        "table-layout",
        "vertical-align",
        "width",
    ),
    "mj-text": (*_SPOKEN, *_BOX, "align", "background-color", "height", "vertical-align"),
    "mj-wrapper": _SECTION,
}

ATTRIBUTES: dict[str, frozenset[str]] = {
    "mjml": frozenset({"lang", "dir", "owa"}),
    "mj-head": frozenset(),
    "mj-attributes": frozenset(),
    "mj-breakpoint": frozenset({"width"}),
    "mj-preview": frozenset(),
    "mj-style": frozenset(),
    "mj-title": frozenset(),
    "mj-body": frozenset({"width", "background-color", "id"}),
    "mj-raw": frozenset({"position"}),
} | {tag: frozenset((*names, *_ON_EVERY_COMPONENT)) for tag, names in _COMPONENTS.items()}
"""Every tag that may be used, with the attributes it takes."""

_IN_A_COLUMN = frozenset(
    {
        "mj-accordion",
        "mj-button",
        "mj-divider",
        "mj-image",
        "mj-navbar",
        "mj-raw",
        "mj-social",
        "mj-spacer",
        "mj-table",
        "mj-text",
    }
)
CHILDREN: dict[str, frozenset[str]] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset({"mj-attributes", "mj-breakpoint", "mj-preview", "mj-style", "mj-title", "mj-raw"}),
    "mj-body": frozenset({"mj-section", "mj-wrapper", "mj-raw"}),
    "mj-wrapper": frozenset({"mj-section", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _IN_A_COLUMN,
    "mj-accordion": frozenset({"mj-accordion-element", "mj-raw"}),
    "mj-accordion-element": frozenset({"mj-accordion-title", "mj-accordion-text", "mj-raw"}),
    "mj-navbar": frozenset({"mj-navbar-link", "mj-raw"}),
    "mj-social": frozenset({"mj-social-element", "mj-raw"}),
}
"""Which tags may stand directly in which, for the tags that hold MJML."""

HOLD_HTML = frozenset(
    {
        "mj-text",
        "mj-button",
        "mj-table",
        "mj-raw",
        "mj-accordion-title",
        "mj-accordion-text",
        "mj-navbar-link",
        "mj-social-element",
    }
)
"""Tags whose content is HTML."""

HOLD_WORDS = frozenset({"mj-title", "mj-preview", "mj-style"})
"""Tags whose content is words without tags."""

REFUSED: dict[str, str] = {
    "mj-html-attributes": "the compiler does not know it; write the attribute in the template",
    "mj-include": "use {% include %} instead",
    "mj-font": "mail must not fetch fonts from other hosts; name fonts that readers have",
    "mj-hero": "the compiler gets its padding and height wrong; use an mj-section with a background",
    "mj-carousel": "most mail programs cannot show it; use pictures one below the other",
}
"""Tags of MJML that are not taken, with what to do instead."""
