import pytest
from PIL import Image

from trax_mailer.fields import Field, read_fields
from trax_mailer.yamltree import read_tree


@pytest.fixture
def read(tmp_path):
    """Reads `value: <text>` as a field of that kind; gives the value and the findings."""

    def read_value(text, kind, *, folder=tmp_path, **declared):
        tree = read_tree(f"value: {text}\n".encode(), file="f")
        assert not tree.findings, tree.findings
        field = Field(name="value", kind=kind, **declared)
        reading = read_fields(tree.root, (field,), check_picture=folder)
        return reading.group["value"], reading.findings

    return read_value


@pytest.fixture
def picture(tmp_path):
    """A real picture in the folder."""
    path = tmp_path / "photo.png"
    Image.new("RGB", (8, 6), "teal").save(path)
    return path
