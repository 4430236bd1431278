import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from trax_mailer.errors import BadWorkspace
from trax_mailer.settings import Pictures, find_workspace, load_settings, settings_schema

LEAST = "organisation: {name: UPR Info}\nnewsletter: {name: UPR Trax, list_id: upr-trax.upr-info.org}\n"
FULL = """\
organisation: {name: UPR Info, postal_address: "Rue de Varembé 1, Genève", website: https://www.upr-info.org}
newsletter:
  name: UPR Trax
  subject: "[UPR Trax] No {number}: {title}"
  language: fr
  timezone: Europe/Zurich
  list_id: upr-trax.upr-info.org
  pictures: embedded
sender: {name: The team, email: trax@upr-info.org, reply_to: info@upr-info.org}
public_url: https://trax.example.org/
transport: smtp
folder: {path: out}
smtp: {host: mail.example.org, port: 2525, security: none, username: trax, timeout: 5}
sendgrid: {region: eu, host: "http://127.0.0.1:4010", timeout: 10, batch_size: 500}
state: ../state
"""


@pytest.fixture
def write(tmp_path):
    def write_settings(text):
        (tmp_path / "trax.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write_settings


def test_everything_is_read_when_trax_yaml_says_it(write):
    root = write(FULL)

    settings = load_settings(root, environ={"SENDGRID_API_KEY": "SG.key", "TRAX_SMTP_PASSWORD": "hush"})

    assert (settings.organisation, settings.postal_address) == ("UPR Info", "Rue de Varembé 1, Genève")
    assert (settings.newsletter, settings.subject) == ("UPR Trax", "[UPR Trax] No {number}: {title}")
    assert (settings.language, settings.timezone) == ("fr", ZoneInfo("Europe/Zurich"))
    assert (settings.from_name, settings.from_email) == ("The team", "trax@upr-info.org")
    assert settings.reply_to == "info@upr-info.org"
    assert (settings.public_url, settings.pictures) == ("https://trax.example.org", Pictures.EMBEDDED)
    assert (settings.transport, settings.outbox) == ("smtp", root / "out")
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.security) == (
        "mail.example.org",
        2525,
        "none",
    )
    assert (settings.smtp.username, settings.smtp.password.reveal(), settings.smtp.timeout) == (
        "trax",
        "hush",
        5,
    )
    assert (settings.sendgrid.region, settings.sendgrid.host) == ("eu", "http://127.0.0.1:4010")
    assert (settings.sendgrid.timeout, settings.sendgrid.batch_size) == (10, 500)
    assert settings.sendgrid.api_key.reveal() == "SG.key"
    assert settings.state.resolve() == (root.parent / "state").resolve()


def test_defaults_hold_when_trax_yaml_says_little(write):
    settings = load_settings(write(LEAST), environ={})

    assert (settings.subject, settings.language, settings.timezone) == (
        "No {number}: {title}",
        "en",
        ZoneInfo("UTC"),
    )
    assert (settings.transport, settings.pictures, settings.public_url) == ("", Pictures.HOSTED, "")
    assert settings.outbox == settings.state / "outbox"
    assert not settings.smtp.password
    assert not settings.sendgrid.api_key


def test_port_465_is_meant_when_the_connection_is_tls(write):
    assert load_settings(write(LEAST + "smtp: {security: tls}\n"), environ={}).smtp.port == 465


def test_no_secret_is_shown_when_settings_are_printed(write):
    settings = load_settings(
        write(LEAST), environ={"SENDGRID_API_KEY": "SG.key", "TRAX_SMTP_PASSWORD": "hush"}
    )

    assert "SG.key" not in repr(settings)
    assert "hush" not in str(settings)


@pytest.mark.parametrize(
    ("line", "message", "advice"),
    [
        ("transport: sendgird", "“transport” is one of folder, smtp, sendgrid", "Did you mean “sendgrid”?"),
        ("transprot: smtp", "“transprot” is no field of trax.yaml", "Did you mean “transport”?"),
        ("public_url: trax.example.org", "is no web address", "Did you mean “https://trax.example.org”?"),
        ("public_url: mailto:a@example.org", "no plain web address", "https://"),
        ("public_url: https://example.org/?a=b", "no plain web address", "without “?”"),
        ("public_url: https://träx.example.org", "cannot stand in the header", "xn--"),
        ('public_url: "https://example.org/a>,<b"', "cannot stand in the header", "plain letters"),
        (f"public_url: https://example.org/{'a' * 200}", "cannot stand in the header", "short"),
        ("smtp: {port: 70000}", "between 1 and 65535", ""),
        ("smtp: {password: hush}", "is a secret", "TRAX_SMTP_PASSWORD"),
        ("sendgrid: {api_key: SG.x}", "is a secret", "SENDGRID_API_KEY"),
        ("sender: {email: trax}", "takes an e-mail address", "@-sign"),
        ("sender: {name: '{{ reader.name }}'}", "may not hold merge fields", ""),
        ("smtp: [a]", "takes fields of its own", ""),
        ("state: No 5: x", "needs quotes", ""),
    ],
)
def test_a_setting_is_refused_at_its_line_when_it_is_wrong(write, line, message, advice):
    root = write(LEAST + line + "\n")

    with pytest.raises(BadWorkspace) as raised:
        load_settings(root, environ={})

    finding = next(finding for finding in raised.value.findings if message in finding.message)
    assert (finding.place.file, finding.place.line) == ("trax.yaml", 3)
    assert advice in finding.advice
    assert finding.excerpt == line
    assert "hush" not in finding.message + finding.advice


@pytest.mark.parametrize(
    ("entry", "message", "advice"),
    [
        ("timezone: Zurich", "names no time zone", "Did you mean “Europe/Zurich”?"),
        ("timezone: Europe/Zürich", "names no time zone", "Did you mean “Europe/Zurich”?"),
        ("timezone: ../../etc/passwd", "names no time zone", ""),
        ("language: English", "language tag", "Did you mean “en”?"),
        ('subject: "No {number}"', "leaves out {title}", ""),
        ('subject: "{titel}"', "names “{titel}”", "Did you mean “title”?"),
        ('subject: "{title.__class__} {title}"', "which is not known", ""),
        ('subject: "{title!r}"', "more than a name", ""),
        ('subject: "{title:>9}"', "more than a name", ""),
        ('subject: "{title"', "a brace without its partner", ""),
        ("pictures: host", "“newsletter.pictures” is one of", "Did you mean “hosted”?"),
    ],
)
def test_a_setting_of_the_newsletter_is_refused_when_it_is_wrong(write, entry, message, advice):
    root = write(f"organisation: {{name: x}}\nnewsletter:\n  name: x\n  list_id: a.b\n  {entry}\n")

    with pytest.raises(BadWorkspace) as raised:
        load_settings(root, environ={})

    finding = next(finding for finding in raised.value.findings if message in finding.message)
    assert finding.place.line == 5
    assert finding.check == "settings"
    assert advice in finding.advice


@pytest.mark.parametrize("text", ["", "# nothing\n", "organisation: {name: x}\n", "newsletter: {name: x}\n"])
def test_what_is_missing_is_named_when_trax_yaml_is_incomplete(write, text):
    with pytest.raises(BadWorkspace) as raised:
        load_settings(write(text), environ={})

    assert any("is missing" in finding.message for finding in raised.value.findings)


@pytest.mark.parametrize("list_id", ["trax", "a b.c", "<a.b>", "a..b"])
def test_a_list_id_is_refused_when_it_is_no_identifier(write, list_id):
    root = write(f'organisation: {{name: x}}\nnewsletter: {{name: x, list_id: "{list_id}"}}\n')

    with pytest.raises(BadWorkspace) as raised:
        load_settings(root, environ={})

    assert "RFC 2919" in raised.value.findings[0].message


def test_a_workspace_is_found_when_it_is_above(write, tmp_path):
    root = write(LEAST)
    below = root / "issues" / "058"
    below.mkdir(parents=True)

    assert find_workspace(below) == root
    assert find_workspace(root) == root


def test_the_way_to_a_workspace_is_shown_when_there_is_none(tmp_path):
    with pytest.raises(BadWorkspace, match="is in no workspace") as raised:
        find_workspace(tmp_path)
    assert "trax init" in raised.value.advice
    with pytest.raises(BadWorkspace, match="is no workspace"):
        load_settings(tmp_path, environ={})


def test_schema_accepts_and_refuses_when_it_checks_settings():
    schema = settings_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(json.loads(json.dumps(schema)))
    least = {"organisation": {"name": "x"}, "newsletter": {"name": "x", "list_id": "a.b"}}

    assert validator.is_valid(least)
    assert validator.is_valid({**least, "transport": "smtp", "smtp": {"port": 587}})
    assert not validator.is_valid({**least, "transport": "sendgird"})
    assert not validator.is_valid({**least, "smtp": {"password": "x"}})
    assert not validator.is_valid({"organisation": {"name": "x"}})


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([*FULL.splitlines(keepends=True), "  ", "x: ", "[", "{{", "\t", ": "]), max_size=20
    )
)
def test_settings_or_placed_findings_are_given_when_trax_yaml_is_random(write, lines):
    try:
        load_settings(write("".join(lines)), environ={}, state=Path("/nowhere"))
    except BadWorkspace as problem:
        assert problem.findings
        assert all(finding.place and finding.message for finding in problem.findings)


@pytest.mark.parametrize("server", ["", "smtp: {port: 587}\n", 'smtp: {host: ""}\n'])
def test_the_mail_server_is_asked_for_when_the_transport_is_smtp(write, server):
    root = write(
        "organisation: {name: Test}\nnewsletter: {name: Test, list_id: test.example.org}\n"
        "transport: smtp\n" + server
    )
    with pytest.raises(BadWorkspace) as caught:
        load_settings(root, environ={})
    (finding,) = caught.value.findings
    assert "names no mail server" in finding.message
    assert (finding.place.line, finding.place.column) == (3, 12)


GROUPS = """
sendgrid:
  sync_suppressions: true
  groups:
    - {list: main, group: 7}
    - {list: jobs, group: 8}
"""


def test_groups_are_read_when_lists_stand_for_them(write):
    settings = load_settings(write(LEAST + GROUPS), environ={})
    assert dict(settings.sendgrid.groups) == {"main": 7, "jobs": 8}
    assert settings.sendgrid.sync_suppressions is True


@pytest.mark.parametrize(("before", "after"), [("group: 8", "group: 7"), ("list: jobs", "list: main")])
def test_groups_are_refused_when_one_stands_twice(write, before, after):
    root = write(LEAST + GROUPS.replace(before, after))
    with pytest.raises(BadWorkspace) as refused:
        load_settings(root, environ={})
    assert "twice" in refused.value.findings[0].message
