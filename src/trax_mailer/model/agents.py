"""Agents: which class of programs asked, as far as it says so itself. Nothing else of it is kept."""

from __future__ import annotations

from functools import lru_cache

EMPTY, OTHER, BROWSER = "empty", "other", "browser"

RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gmail-proxy", ("googleimageproxy",)),
    ("yahoo-proxy", ("yahoomailproxy",)),
    ("outlook-safelinks", ("safelinks", "safe-links", "microsoft defender", "msatp", "office365-atp")),
    (
        "scanner",
        (
            "barracuda", "mimecast", "proofpoint", "messagelabs", "symantec", "ironport", "fireeye", "sophos",
            "trendmicro", "forcepoint", "checkpoint", "urlscan", "virustotal", "safebrowsing", "zscaler",
            "bingpreview", "skypeuripreview", "slackbot", "slack-imgproxy", "facebookexternalhit",
            "whatsapp/", "telegrambot", "linkedinbot", "twitterbot", "discordbot", "mattermost", "crawler",
            "spider", "bot/", "bot;", "bot)", "-bot", "linkcheck", "link check", "scanner", "preview",
            "validator",
        ),
    ),
    (
        "tool",
        (
            "curl/", "wget/", "python", "httpx", "aiohttp", "urllib", "go-http-client", "java/", "okhttp",
            "libwww-perl", "apache-httpclient", "node-fetch", "axios", "undici", "guzzle", "ruby", "postman",
            "headless", "phantomjs", "puppeteer", "playwright", "selenium", "powershell", "dart/",
        ),
    ),
    (
        "mail-app",
        (
            "thunderbird", "microsoft outlook", "ms-office", "microsoft office", "outlook-ios",
            "outlook-android", "em client", "airmail", "betterbird", "k-9", "mailspring",
            "evolution", "kmail",
        ),
    ),
    (BROWSER, ("mozilla/5.0 (", "opera/", "mozilla/4.0 (", "lynx/", "w3m/", "links (")),
)  # fmt: skip
"""Each class with words of a User-Agent, in lower case, that give it away. The first that fits holds."""

APPLE_PROXY = "apple-proxy"
_APPLE_SAYS = "mozilla/5.0"
"""Apple's Mail Privacy Protection says this and not a word more."""

LONGEST = 512
"""So much of a User-Agent is looked at, in characters."""


@lru_cache(maxsize=256)
def agent_class(user_agent: str) -> str:
    """The class of a User-Agent header: one of RULES, or `apple-proxy`, `empty`, `other`.

    The last words are remembered in memory, apart from who said them: to look them up takes longer than all
    the rest of an answer.
    """
    words = user_agent[:LONGEST].strip().lower()
    if not words:
        return EMPTY
    if words == _APPLE_SAYS:
        return APPLE_PROXY
    for name, marks in RULES:
        for mark in marks:
            if mark in words:
                return name
    return OTHER
