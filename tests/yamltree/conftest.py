import pytest
import yaml

from trax_mailer.yamltree import reading


@pytest.fixture(params=["libyaml", "python"])
def engine(request, monkeypatch):
    """Both parsers of PyYAML: files read the same wherever it was built without libyaml."""
    loader = {"libyaml": getattr(yaml, "CSafeLoader", None), "python": yaml.SafeLoader}[request.param]
    assert loader is not None, "PyYAML was installed without libyaml"
    monkeypatch.setattr(reading, "_LOADER", loader)
    return request.param
