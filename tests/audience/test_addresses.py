import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from trax_mailer.audience.addresses import BadAddress, parse_address, shortened

SIGNS = st.sampled_from("abzAZ019._+-@@..ü'\"! ,()[]:;<>\\xn--localhost.test.")
ALMOST = st.builds(
    "{}@{}".format,
    st.from_regex(r"[A-Za-z0-9_+.-]{1,70}", fullmatch=True),
    st.from_regex(
        r"[A-Za-z0-9-]{1,65}(\.[A-Za-z0-9-]{1,5}){0,3}\.(org|test|local|arpa|ONION|museum|x1|1)",
        fullmatch=True,
    ),
)


@pytest.mark.parametrize(
    ("words", "email", "key"),
    [
        ("ana@example.org", "ana@example.org", "ana@example.org"),
        ("  Ana.Pop@Example.ORG \t", "Ana.Pop@Example.ORG", "ana.pop@example.org"),
        ("\ufeffana@example.org\u200b\u00a0", "ana@example.org", "ana@example.org"),
        ("o'hara+upr@mail.example.org", "o'hara+upr@mail.example.org", "o'hara+upr@mail.example.org"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("ana@XN--BCHER-KVA.example", "ana@XN--BCHER-KVA.example", "ana@xn--bcher-kva.example"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org", "a" * 64 + "@example.org"),
        ("a@" + "b" * 63 + ".org", "a@" + "b" * 63 + ".org", "a@" + "b" * 63 + ".org"),
    ],
)
def test_address_is_taken_when_it_is_one(words, email, key):
    address = parse_address(words)
    assert (address.email, address.key) == (email, key)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@@example.org",
        "ana pop@example.org",
        "ana@example..org",
        ".ana@example.org",
        "ana.@example.org",
        "a..b@example.org",
        "ana@-example.org",
        "ana@example-.org",
        "ana@example.org, ben@example.org",
        "ana@example.org;ben@example.org",
        "ana@example.org\nBcc: ben@example.org",
        "Ana <ana@example.org>",
        '"ana pop"@example.org',
        "ana@[192.0.2.1]",
        "ana@192.0.2.1",
        "ana@host.localhost",
        "ana@host.test",
        "ștefan@example.org",
        "ana@exa_mple.org",
        "ana@xn--a.example",
        "a" * 65 + "@example.org",
        "a@" + "b" * 64 + ".org",
        "a@" + "b." * 130 + "org",
        "a" * 2_000_000 + "@example.org",
        "ana\x00@example.org",
    ],
)
def test_address_is_refused_when_mail_cannot_reach_it(words):
    with pytest.raises(BadAddress) as caught:
        parse_address(words)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@given(words=st.one_of(ALMOST, st.lists(SIGNS, max_size=40).map("".join), st.text(max_size=40)))
@example("a@b.c")
@example("a@b.co")
@example("a@b--c.org")
@example("a@xn--b.org")
def test_verdict_is_email_validators_when_the_quick_form_takes_it(words):
    try:
        address = parse_address(words)
    except BadAddress:
        return
    checked = validate_email(address.email, check_deliverability=False, allow_smtputf8=False, strict=True)
    assert address.key == f"{checked.local_part}@{checked.ascii_domain}".lower()
    assert address.email.isascii()
    assert parse_address(address.email) == address
    assert parse_address(address.key).key == address.key


@given(words=ALMOST)
def test_address_is_taken_when_email_validator_takes_it(words):
    try:
        validate_email(words, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        with pytest.raises(BadAddress):
            parse_address(words)
    else:
        assert parse_address(words).email == words


def test_words_fit_a_line_when_shortened():
    assert shortened("a\x00b\n c") == "a�b� c"
    assert shortened("x" * 500) == "x" * 79 + "…"
