import json


def test_list_is_made_described_and_renamed_when_asked(place):
    made = place.json("lists", "make", "jobs", "--title", "Jobs and calls", "--public")
    assert (made["title"], made["public"], made["subscribed"]) == ("Jobs and calls", True, 0)
    changed = place.json("lists", "set", "jobs", "--description", "Once a month", "--private")
    assert (changed["title"], changed["description"], changed["public"]) == (
        "Jobs and calls", "Once a month", False,
    )  # fmt: skip
    assert place.json("lists", "rename", "jobs", "Openings")["name"] == "Openings"
    assert [one["name"] for one in place.json("lists")] == ["Openings", "main"]
    said = [line["words"] for line in place.json("audit") if line["list"] == "Openings"]
    assert said == [
        "renamed the list, which was “jobs”",
        "changed the list's description, public",
        "made the list",
    ]


def test_names_are_refused_when_taken_or_unusable(place):
    place.trax("lists", "make", "jobs")
    assert "There is a list “main” already" in place.trax("lists", "make", "MAIN").refused
    assert "There is a list “main” already" in place.trax("lists", "rename", "jobs", "Main").refused
    assert place.trax("lists", "rename", "jobs", "Jobs").exit_code == 0
    assert "needs a name" in place.trax("lists", "make", " ").refused
    assert "Did you mean “main”?" in place.trax("lists", "show", "mian").refused
    assert place.trax("lists", "set", "main").exit_code == 2
    assert "at most 200" in place.trax("lists", "set", "main", "--title", "x" * 201).refused


def test_numbers_stay_when_the_list_is_renamed(place):
    place.trax("subscribers", "suppress", "ana@example.org")
    facts = place.json("lists", "rename", "main", "news")
    assert (facts["subscribed"], facts["suppressed"]) == (3, 1)
    shown = place.trax("lists", "show", "news").stdout
    assert "3 subscribed" in shown
    assert "1 of the subscribed are suppressed" in shown


def test_trail_goes_on_with_earlier_acts_when_asked(place):
    for name in ("a", "b", "c"):
        place.trax("lists", "make", name)
    first = place.json("audit", "--limit", "2")
    assert [line["list"] for line in first] == ["c", "b"]
    rest = place.json("audit", "--limit", "2", "--before", str(first[-1]["id"]))
    assert [line["list"] for line in rest] == ["a", "main"]
    assert rest[1]["kind"] == "import"


def test_imports_are_in_the_trail_when_it_is_about_a_reader(place):
    place.trax("subscribers", "unsubscribe", "ana@example.org", "--reason", "by phone")
    about = place.json("audit", "--about", "ana@example.org")
    assert [(line["kind"], line["state"], line["words"]) for line in about] == [
        ("staff", "unsubscribed", "by phone"),
        ("import", "subscribed", ""),
    ]
    assert "ana@example.org → unsubscribed on “main”" in " ".join(place.trax("audit").stdout.split())
    assert "ben@" not in json.dumps(about)
    assert place.trax("audit", "--about", "nobody@example.org").exit_code == 3
