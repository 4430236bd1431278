"""Body text: Markdown (CommonMark, raw HTML off) to HTML blocks and to plain text.

Links are numbered as they are met. Styles are left to the style sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from trax_mailer.render.links import is_kept, is_web_address
from trax_mailer.render.markers import MARKER
from trax_mailer.render.plaintext import MarkdownText

MarkLink: TypeAlias = Callable[[str, str], str]
"""Takes target and label of a link, returns what stands for its target."""

_parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True})


@dataclass(frozen=True, slots=True)
class MarkdownView:
    """Body text as templates use it: `.html` inside `<mj-text>`, `.text` to be wrapped."""

    html: Markup
    text: MarkdownText

    def __bool__(self) -> bool:
        return bool(self.text)

    def __html__(self) -> str:
        return self.html

    def __str__(self) -> str:
        return self.text


def render_markdown(source: str, *, mark_link: MarkLink) -> tuple[MarkdownView, tuple[str, ...]]:
    """The body text both ways, and the problems met, as messages."""
    tokens = _parser.parse(source)
    problems: list[str] = []
    for block in tokens:
        _mark_links(block.children or [], mark_link, problems)
    html = _parser.renderer.render(tokens, _parser.options, {})
    for block in tokens:
        # Flat, not as a tree: emphasis can be nested deeper than Python can recurse.
        block.meta["plain"] = _plain(block.children or [])
        block.children = None
    text = _blocks(SyntaxTreeNode(tokens).children, separator="\n\n")
    escaped = Markup(html.strip())  # noqa: S704 - markdown-it escaped it
    return MarkdownView(escaped, MarkdownText(text.strip("\n"))), tuple(problems)


def _mark_links(children: list[Token], mark_link: MarkLink, problems: list[str]) -> None:
    for index, token in enumerate(children):
        if token.type == "image":
            problems.append(f"a picture ({token.attrGet('src')}) stands in body text")
        if token.type != "link_open":
            continue
        target = str(token.attrGet("href") or "")
        label = _label(children[index + 1 :])
        if MARKER.search(target):
            problems.append(f"the link “{label}” holds a merge field in its address")
        elif is_web_address(target):
            token.meta["target"] = target
            token.attrSet("href", mark_link(target, label))
        elif not is_kept(target):
            problems.append(f"the link “{label}” goes to “{target}”, which no mail program can open")


def _label(following: list[Token]) -> str:
    words: list[str] = []
    for token in following:
        if token.type == "link_close":
            break
        words.append(" " if token.type in {"softbreak", "hardbreak"} else token.content)
    return "".join(words)


def _blocks(nodes: list[SyntaxTreeNode], *, separator: str) -> str:
    return separator.join(_block(node) for node in nodes)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "bullet_list":
            return "\n".join(_item(item, bullet="- ") for item in node.children)
        case "ordered_list":
            first = int(node.attrGet("start") or 1)
            return "\n".join(
                _item(item, bullet=f"{number}. ") for number, item in enumerate(node.children, start=first)
            )
        case "blockquote":
            return _indented(_blocks(node.children, separator="\n\n"), first="> ", rest="> ")
        case "fence" | "code_block":
            return _indented(node.content.rstrip("\n"), first="    ", rest="    ")
        case "hr":
            return "* * *"
        case "heading" | "paragraph":
            return "".join(str(inline.meta["plain"]) for inline in node.children)
        case other:
            raise ValueError(f"no plain text is known for the Markdown block {other}")


def _item(item: SyntaxTreeNode, *, bullet: str) -> str:
    tight = all(child.hidden for child in item.children if child.type == "paragraph")
    content = _blocks(item.children, separator="\n" if tight else "\n\n")
    return _indented(content, first=bullet, rest=" " * len(bullet))


def _indented(text: str, *, first: str, rest: str) -> str:
    lines = text.split("\n")
    indented = [first + lines[0], *((rest + line) for line in lines[1:])]
    return "\n".join(line.rstrip() for line in indented)


def _plain(children: list[Token]) -> str:
    """The words of a paragraph, each link followed by its address."""
    words: list[str] = []
    opened: list[tuple[Token, int]] = []
    for token in children:
        match token.type:
            case "softbreak":
                words.append(" ")
            case "hardbreak":
                words.append("\n")
            case "link_open":
                opened.append((token, len(words)))
            case "link_close":
                link, start = opened.pop()
                words[start:] = [_link("".join(words[start:]), link)]
            case _:
                words.append(token.content)
    return "".join(words)


def _link(label: str, link: Token) -> str:
    """`label <address>`; the address alone where the label says the same, nothing for an anchor."""
    href = str(link.attrGet("href") or "")
    if href.startswith("#"):
        return label
    target = str(link.meta.get("target", href))
    address = href.removeprefix("mailto:").removeprefix("tel:")
    if label in {target, address} or not label:
        return f"<{address}>" if "target" in link.meta else address
    return f"{label} <{address}>"
