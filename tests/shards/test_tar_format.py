import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.errors import ArchiveError
from aura.shards.tar_format import end_bytes, member_bytes, members_of, padded

SEGMENT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/"),
    min_size=1,
    max_size=60,
)
NAMES = st.lists(SEGMENT, min_size=1, max_size=5).map("/".join).filter(lambda n: n.strip("./ "))
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=6)
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def archive(files, *, form=tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def read(content: bytes) -> list[tuple[str, bytes]]:
    members = members_of(content, where="here", require_end=True)
    return [(m.name, content[m.data : m.data + m.size]) for m in members]


def reference(content: bytes) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar.getmembers()]


@settings(deadline=None)
@given(files=FILES)
def test_tarfile_reads_what_we_write(files):
    body = b"".join(member_bytes(name, data) for name, data in files)
    whole = body + end_bytes(len(body))
    assert len(whole) % 10240 == 0
    # tarfile drops slashes at the end of names.
    assert reference(whole) == [(name.rstrip("/"), data) for name, data in files]
    assert read(whole) == files


@settings(deadline=None)
@given(files=FILES, form=st.sampled_from(FORMATS))
def test_we_read_what_tarfile_writes_in_every_format(files, form):
    try:
        whole = archive(files, form=form)
    except ValueError:
        return  # the old format cannot hold such a name
    assert read(whole) == files


@settings(deadline=None)
@given(files=FILES.filter(bool), cut=st.data())
def test_a_member_tells_where_its_headers_begin(files, cut):
    body = b"".join(member_bytes(name, data) for name, data in files)
    members = list(members_of(body, where="here"))
    one = cut.draw(st.sampled_from(range(len(members))))
    alone = body[members[one].start : members[one].end]
    assert alone == member_bytes(*files[one])
    assert members[-1].end == len(body)


@settings(deadline=None)
@given(position=st.integers(0, 511), change=st.integers(1, 255))
def test_a_changed_header_is_noticed(position, change):
    whole = bytearray(member_bytes("sample_a/meta.json", b"{}"))
    whole[position] ^= change
    try:
        (member,) = members_of(bytes(whole), where="here")
    except ArchiveError:
        return
    # Spaces and zeros mean the same in the checksum's own field.
    assert 148 <= position < 156
    assert member.name == "sample_a/meta.json"


def test_folders_links_and_global_headers_are_passed_over():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", pax_headers={"comment": "ours"}) as tar:
        folder = tarfile.TarInfo("a")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        link = tarfile.TarInfo("l")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        info = tarfile.TarInfo("a/b")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"xyz"))
    assert read(stream.getvalue()) == [("a/b", b"xyz")]


@pytest.mark.parametrize("cut", [1, 512, 700, 1500])
def test_what_is_cut_off_is_an_error(cut):
    body = member_bytes("a", b"x" * 900)
    whole = body + end_bytes(len(body))
    with pytest.raises(ArchiveError, match="here"):
        list(members_of(whole[:cut], where="here", require_end=True))


def test_without_the_mark_at_the_end_a_whole_archive_was_cut_off():
    body = member_bytes("a", b"x")
    assert [m.name for m in members_of(body, where="here")] == ["a"]
    with pytest.raises(ArchiveError, match="mark that ends"):
        list(members_of(body, where="here", require_end=True))


def test_headers_carry_nothing_of_machine_or_moment():
    info = tarfile.TarInfo.frombuf(member_bytes("a", b"x")[:512], "utf-8", "strict")
    assert (info.mtime, info.uid, info.gid, info.uname, info.gname) == (0, 0, 0, "", "")
    assert info.mode == 0o644
    assert padded(len(b"x")) == 512
