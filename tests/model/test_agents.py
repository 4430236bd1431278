import pytest

from trax_mailer.model.agents import LONGEST, RULES, agent_class

SAID = {
    "": "empty",
    "   ": "empty",
    "Mozilla/5.0": "apple-proxy",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Firefox/11.0 (via ggpht.com GoogleImageProxy)": "gmail-proxy",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html": "yahoo-proxy",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
    "Safari/537.36": "browser",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148": "browser",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0": "mail-app",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)": "mail-app",
    "curl/8.5.0": "tool",
    "python-requests/2.32.3": "tool",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0.0.0 Safari/537.36": "tool",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)": "scanner",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5": "scanner",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)": "scanner",
    "BarracudaCentral Link Protection": "scanner",
    "something else": "other",
}


@pytest.mark.parametrize(("said", "known_as"), SAID.items())
def test_program_is_known_by_its_words_when_it_says_who_it_is(said, known_as):
    assert agent_class(said) == known_as


def test_class_fits_its_column_when_it_is_stored():
    assert all(len(name) <= 24 for name, _ in RULES)
    assert all(mark == mark.lower() for _, marks in RULES for mark in marks)


def test_long_words_are_cut_when_they_are_looked_at():
    assert agent_class("x" * LONGEST + "curl/") == "other"
