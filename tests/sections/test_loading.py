import pytest

from trax_mailer.errors import BadFile
from trax_mailer.fields import Field, Kind
from trax_mailer.sections import load_section_types

JOB = """\
label: Job opportunity
help: A vacancy.
fields:
  title: {type: text, required: true, label: Title, help: What the job is called.}
  deadline: {type: date, role: deadline}
  size: {type: choice, choices: [small, 057]}
  links: {type: list, of: {type: link}}
  entries:
    type: list
    of: {type: group, fields: {when: {type: date_range, role: event}, type: {type: text}}}
"""


@pytest.fixture
def templates(tmp_path):
    folder = tmp_path / "templates" / "email"
    (folder / "sections").mkdir(parents=True)
    return folder


def declare(templates, text, *, name="vacancy", twins=("mjml", "txt")):
    (templates / "sections" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for ending in twins:
        (templates / "sections" / f"{name}.{ending}").touch()


def findings_of(templates):
    with pytest.raises(BadFile) as raised:
        load_section_types(templates)
    assert all(finding.place for finding in raised.value.findings)
    return raised.value.findings


def test_built_in_types_are_loaded_when_there_is_no_workspace():
    types = load_section_types(None)

    assert {"lead", "job", "article", "publication", "training", "table", "social"} <= set(types)
    assert all(
        declared.name == name and declared.label and declared.fields for name, declared in types.items()
    )


def test_a_type_is_there_when_a_workspace_declares_it(templates):
    declare(templates, JOB)

    declared = load_section_types(templates)["vacancy"]

    assert (declared.label, declared.help) == ("Job opportunity", "A vacancy.")
    assert (declared.mjml, declared.text) == ("sections/vacancy.mjml", "sections/vacancy.txt")
    assert declared.file == "templates/email/sections/vacancy.yaml"
    title, deadline, size, links, entries = declared.fields
    assert title == Field(
        name="title", kind=Kind.TEXT, required=True, label="Title", help="What the job is called."
    )
    assert (deadline.kind, deadline.role, deadline.label) == (Kind.DATE, "deadline", "Deadline")
    assert size.choices == ("small", "057")
    assert links.of.kind is Kind.LINK
    assert [(field.name, field.kind) for field in entries.of.fields] == [
        ("when", Kind.DATE_RANGE),
        ("type", Kind.TEXT),
    ]


def test_a_built_in_type_is_replaced_when_a_workspace_declares_its_name(templates):
    declare(templates, JOB, name="job", twins=())

    assert load_section_types(templates)["job"].file == "templates/email/sections/job.yaml"


def test_built_in_types_stay_when_a_workspace_has_no_templates(tmp_path):
    assert load_section_types(tmp_path / "templates" / "email") == load_section_types(None)


@pytest.mark.parametrize(("twins", "missing"), [(("mjml",), "plain text"), (("txt",), "HTML")])
def test_a_missing_twin_is_a_finding_when_a_type_is_declared(templates, twins, missing):
    declare(templates, JOB, twins=twins)

    (finding,) = findings_of(templates)

    assert f"has no template for {missing}" in finding.message
    assert "“vacancy." in finding.advice
    assert finding.check == "sections"


@pytest.mark.parametrize(
    ("declaration", "line", "message", "advice"),
    [
        ("{type: txet}", 3, "“type” is one of text, markdown", "Did you mean “text”?"),
        ("{typ: text}", 3, "“typ” is no field of the field “title”", "Did you mean “type”?"),
        ("{}", 3, "“type” is missing", "one of text"),
        ("text", 3, "takes fields of its own", "“type: …”"),
        ("{type: text, required: yes}", 3, "takes true or false", "Did you mean “true”?"),
        ("{type: list}", 3, "does not say what it lists", "of: {type: link}"),
        ("{type: list, of: {type: lnk}}", 3, "“type” is one of", "Did you mean “link”?"),
        ("{type: text, of: {type: link}}", 3, "“of” belongs to the type “list”", "type: list"),
        ("{type: group}", 3, "“fields” declares no field", ""),
        ("{type: group, fields: {}}", 3, "“fields” declares no field", ""),
        ("{type: group, fields: {Name: {type: text}}}", 3, "“Name” is no name for a field", "small letters"),
        ("{type: choice}", 3, "“choices” is not a list", "[small, large]"),
        ("{type: choice, choices: [a, a]}", 3, "“choices” is not a list of different words", ""),
        ("{type: choice, choices: [{a: b}]}", 3, "“choices” is not a list of different words", ""),
        ("{type: text, role: deadline}", 3, "belongs to a date or datetime, not to a text", ""),
        ("{type: date, role: dedline}", 3, "“role” is one of", "Did you mean “deadline”?"),
    ],
)
def test_a_declaration_is_refused_at_its_place_when_it_is_wrong(
    templates, declaration, line, message, advice
):
    declare(templates, f"label: Job\nfields:\n  title: {declaration}\n")

    findings = findings_of(templates)

    assert [finding.place.line for finding in findings] == [line] * len(findings)
    assert any(message in finding.message and advice in finding.advice for finding in findings)
    assert findings[0].place.file == "templates/email/sections/vacancy.yaml"


@pytest.mark.parametrize("name", ["type", "id"])
def test_a_field_cannot_be_declared_when_every_section_has_it(templates, name):
    declare(templates, f"label: Job\nfields:\n  {name}: {{type: text}}\n  title: {{type: text}}\n")

    assert "every section has it" in findings_of(templates)[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "“label” is missing"),
        ("label: x\n", "“fields” declares no field"),
        ("label: x\nfields: []\n", "“fields” declares no field"),
        ("label: No: x\n", "needs quotes"),
        ("- a\n", "takes fields of its own"),
        ("lable: x\nfields: {a: {type: text}}\n", "“lable” is no field of a section type"),
    ],
)
def test_a_file_is_refused_when_it_declares_no_type(templates, text, message):
    declare(templates, text)

    assert any(message in finding.message for finding in findings_of(templates))


@pytest.mark.parametrize("name", ["Working-Group", "1st", "ș"])
def test_a_file_is_refused_when_its_name_is_no_type(templates, name):
    declare(templates, JOB, name=name)

    assert "is no name for a section type" in findings_of(templates)[0].message


def test_all_findings_are_given_when_several_files_are_wrong(templates):
    declare(templates, "label: x\n", name="one")
    declare(templates, "label: y\n", name="two")

    assert {finding.place.file.rpartition("/")[2] for finding in findings_of(templates)} == {
        "one.yaml",
        "two.yaml",
    }
