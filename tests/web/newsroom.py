"""A small workspace for the tests of the two web faces."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

LIST, OTHER_LIST = "Lakeside readers", "Lakeside board"

SETTINGS = """\
organisation:
  name: Lakeside Institute
  postal_address: "Rue du Lac 1, 1200 Geneva"
  website: https://lakeside.example.org
newsletter:
  name: Lakeside Letter
  subject: "[Lakeside] No {number}: {title}"
  language: en
  timezone: Europe/Zurich
  list_id: letter.lakeside.example.org
sender: {name: Lakeside Institute, email: letter@lakeside.example.org, reply_to: editors@lakeside.example.org}
public_url: https://letter.lakeside.example.org
"""

ISSUE = """\
number: 7
title: What the autumn session brings
date: 2026-11-24
preheader: Three reviews, one vacancy and a view over the lake.
sections:
  - type: article
    title: Good morning, {{ reader.first_name | default("reader") }}
    picture: {file: lake.png, alt: The lake in the morning}
    body: |
      The session opens in **Chișinău** on Tuesday. Read [the programme](https://lakeside.example.org/programme)
      or come to the room.
""" + "".join(
    f"""\
  - type: article
    title: Chapter {chapter}
    body: |
      The water lay still, and nobody on the shore said a word about it for a long while. Then the boats
      came in, one after the other, and the quiet was gone until the evening.

      Further down the road, [chapter {chapter}](https://lakeside.example.org/chapters/{chapter}) goes on.
"""
    for chapter in range(1, 9)
)

READERS = """\
email,first_name,last_name,language
mirela@example.org,Mirela,Ionescu,en
stefan@example.net,"Ștefan & ""Ana"" <b>",Rusu,fr
"""


def lake_picture():
    """A small PNG."""
    file = BytesIO()
    Image.new("RGB", (600, 200), "#4b7d97").save(file, "PNG")
    return file.getvalue()


def make_newsroom(folder):
    """Write the workspace into `folder`; returns the issue's file."""
    issue = folder / "issues" / "007"
    issue.mkdir(parents=True)
    (folder / "templates" / "email").mkdir(parents=True)
    (folder / "subscribers").mkdir()
    (folder / "trax.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "subscribers" / "sample.csv").write_text(READERS, encoding="utf-8")
    (issue / "lake.png").write_bytes(lake_picture())
    (issue / "issue.yaml").write_text(ISSUE, encoding="utf-8")
    return issue / "issue.yaml"
