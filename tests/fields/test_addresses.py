import pytest

from trax_mailer.fields import Kind
from trax_mailer.model.values import Url


@pytest.mark.parametrize(
    "address",
    [
        "https://www.upr-info.org",
        "http://upr-info.org/en/news?id=1&x=%20#top",
        "HTTPS://UPR-INFO.ORG",
        "https://[::1]:8080/x",
        "https://upr-info.org/Chișinău",
        "mailto:jobs@upr-info.org?subject=CV",
        "tel:+41-22-573-70-50",
    ],
)
def test_url_is_read_when_a_mail_may_lead_there(read, address):
    assert read(f'"{address}"', Kind.URL) == (Url(address), ())


@pytest.mark.parametrize(
    ("address", "message", "advice"),
    [
        ("www.upr-info.org", "is no web address", "Did you mean “https://www.upr-info.org”?"),
        ("upr-info.org/news", "is no web address", "Did you mean “https://upr-info.org/news”?"),
        ("upr-info.org:8080", "is no web address", "Did you mean “https://upr-info.org:8080”?"),
        ("jobs@upr-info.org", "is no web address", "Did you mean “mailto:jobs@upr-info.org”?"),
        ("/news", "is no web address", "Write it in full"),
        ("javascript:alert(1)", "may not lead to “javascript:”", "https:, http:, mailto: or tel:"),
        ("JavaScript:alert(1)", "may not lead to “JavaScript:”", ""),
        ("data:text/html,x", "may not lead to “data:”", ""),
        ("file:///etc/passwd", "may not lead to “file:”", ""),
        ("ftp://x.org", "may not lead to “ftp:”", ""),
        (
            "https://upr-info.org/a b",
            "a blank or an invisible character after “https://upr-info.org/a”",
            "%20",
        ),
        ("https://upr-info.org/\\u200bx", "a blank or an invisible character", ""),
        ("https://", "is no web address", "https://www.example.org"),
        ("https:upr-info.org", "is no web address", ""),
        ("https://[::1", "is no web address", ""),
        ("https://x.org:99999", "is no web address", ""),
        ("https://bank.com@evil.org/", "user name before “@”", "Remove it"),
        ("mailto:jobs", "takes an e-mail address", ""),
        ("tel:call-me", "is no telephone number", ""),
        ("https://x.org/" + "y" * 3000, "characters long", ""),
    ],
)
def test_url_is_refused_with_the_reason_when_a_mail_may_not_lead_there(read, address, message, advice):
    value, (finding,) = read(f'"{address}"', Kind.URL)

    assert value is None
    assert message in finding.message
    assert advice in finding.advice


@pytest.mark.parametrize("address", ["jobs@upr-info.org", "j.o+b@example.com", "Jobs@UPR-info.org"])
def test_email_is_read_when_it_could_exist(read, address):
    value, findings = read(address, Kind.EMAIL)

    assert value.casefold() == address.casefold()
    assert findings == ()


@pytest.mark.parametrize(
    "address", ["jobs", "jobs@", "jobs@upr-info", "a b@x.org", "x@y..org", "a@b.org, c@d.org"]
)
def test_email_is_refused_when_it_cannot_exist(read, address):
    value, (finding,) = read(address, Kind.EMAIL)

    assert value is None
    assert "takes an e-mail address" in finding.message
    assert finding.advice
