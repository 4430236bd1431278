import pytest

from trax_mailer.errors import BadState
from trax_mailer.storage import place as place_module
from trax_mailer.storage.place import prepare_state_folder, refuse_network

MOUNTS = """\
sysfs /sys sysfs rw 0 0
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/share nfs4 rw,vers=4.2 0 0
//nas/office /mnt/the\\040office cifs rw 0 0
/dev/sdb1 /mnt/share/local xfs rw 0 0
C:\\134 /mnt/c 9p rw,aname=drvfs;path=C:\\134,trans=fd 0 0
none /box 9p rw,trans=fd,aname=/ 0 0
me@host: /home/me/remote fuse.sshfs rw 0 0
server:/old /mnt/hidden nfs rw 0 0
/dev/sdc1 /mnt/hidden ext4 rw 0 0
"""


@pytest.fixture
def mounts(tmp_path):
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/mnt/share", "nfs4"),
        ("/mnt/share/trax/state", "nfs4"),
        ("/mnt/the office/trax", "cifs"),
        ("/mnt/c/Users/ana/trax", "drvfs"),
        ("/home/me/remote/trax", "fuse.sshfs"),
    ],
)
def test_folder_is_refused_when_it_is_on_a_network_share(tmp_path, mounts, folder, kind):
    with pytest.raises(BadState, match=rf"network share \({kind}\)"):
        refuse_network(type(tmp_path)(folder), mounts=mounts)


@pytest.mark.parametrize(
    "folder", ["/var/lib/trax", "/mnt/share/local/trax", "/mnt/shared", "/mnt/hidden/trax", "/box/trax"]
)
def test_folder_is_taken_when_its_disk_is_local(tmp_path, mounts, folder):
    refuse_network(type(tmp_path)(folder), mounts=mounts)


def test_share_is_refused_only_for_a_database_when_the_folder_is_prepared(tmp_path, monkeypatch):
    def refuse(folder):
        raise BadState(f"{folder} is on a network share")

    monkeypatch.setattr(place_module, "refuse_network", refuse)
    with pytest.raises(BadState, match="network share"):
        prepare_state_folder(tmp_path / "state")
    assert prepare_state_folder(tmp_path / "state", holds_database=False).is_dir()


def test_nothing_is_said_when_the_system_lists_no_mounts(tmp_path):
    refuse_network(tmp_path, mounts=tmp_path / "missing")


@pytest.mark.parametrize(
    "name",
    [
        "Dropbox",
        "Dropbox (UPR Info)",
        "OneDrive",
        "OneDrive - UPR Info",
        "Nextcloud",
        "Google Drive",
        "GoogleDrive-ana@example.org",
        "iCloud Drive",
        "com~apple~CloudDocs",
        "CloudStorage",
    ],
)
def test_folder_is_refused_when_a_sync_service_copies_it(tmp_path, name):
    state = tmp_path / name / "trax" / "state"
    with pytest.raises(BadState, match="synced folder"):
        prepare_state_folder(state)
    assert not (tmp_path / name).exists()


def test_folder_is_refused_when_it_leads_into_a_synced_one(tmp_path):
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "Dropbox", target_is_directory=True)
    with pytest.raises(BadState, match="synced folder"):
        prepare_state_folder(tmp_path / "state")


@pytest.mark.parametrize("mark", [".stfolder", ".dropbox.cache"])
def test_folder_is_refused_when_a_sync_service_left_its_mark_above(tmp_path, mark):
    (tmp_path / mark).mkdir()
    with pytest.raises(BadState, match="synced folder"):
        prepare_state_folder(tmp_path / "state")


@pytest.mark.parametrize("name", ["dropbox-importer", "onedrives", "cloud", "nextcloud-notes"])
def test_folder_is_taken_when_its_name_only_begins_alike(tmp_path, name):
    assert prepare_state_folder(tmp_path / name / "state").is_dir()


def test_path_is_absolute_when_the_folder_is_given_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = type(tmp_path)
    assert prepare_state_folder(path("state")) == tmp_path / "state"
    assert prepare_state_folder(path("~/state")) == tmp_path / "home" / "state"
