import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from yusuan.read.formats import archive
from yusuan.read.formats.archive import Members, natural, open_members
from yusuan.words import InputError

TEXT = "单位\t金额\n".encode()


def packed(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return stream.getvalue()


def names(path: Path) -> list[str]:
    with open_members(path) as members:
        assert all(member.is_file() for member in members)
        return [member.name for member in members]


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught, open_members(path):
        pass
    assert all(caught.value.sentences("zh")) and all(caught.value.sentences("en"))
    return caught.value.problems[0][0]


def written(tmp_path: Path, data: bytes) -> Path:
    file = tmp_path / "a.zip"
    file.write_bytes(data)
    return file


def test_members_in_the_order_people_count(tmp_path: Path) -> None:
    members = {"表10.txt": TEXT, "表2.txt": TEXT, "b/附件十一.txt": TEXT, "b/附件二.txt": TEXT, "a.html": b"<html><p>x"}
    file = written(tmp_path, packed(members))
    with open_members(file) as found:
        assert isinstance(found, Members) and found.doubts == []
        assert [member.name for member in found] == ["a.html", "附件二.txt", "附件十一.txt", "表2.txt", "表10.txt"]
        kept = list(found)
    assert not any(member.exists() for member in kept)


def test_chinese_numerals_count() -> None:
    names = ["十二、名词", "十、其他", "二、收支", "一、说明"]
    assert sorted(names, key=natural) == names[::-1]
    assert natural("一般公共预算") > natural("三、支出")


def test_names_in_gbk(tmp_path: Path) -> None:
    data = packed({"AAAAAAAA.txt": TEXT}).replace(b"AAAAAAAA", "收支总表".encode("gbk"))
    assert names(written(tmp_path, data)) == ["收支总表.txt"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("../x.txt", "archive_unsafe_name"),
        ("a/../../x.txt", "archive_unsafe_name"),
        ("/etc/x.txt", "archive_unsafe_name"),
        ("..\\x.txt", "archive_unsafe_name"),
        ("C:\\x.txt", "archive_unsafe_name"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str, key: str) -> None:
    assert refused(written(tmp_path, packed({"a.txt": TEXT, name: TEXT}))) == key
    assert not (tmp_path.parent / "x.txt").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(info, "/etc/passwd")
    assert refused(tmp_path / "a.zip") == "archive_link"


def test_members_with_a_password(tmp_path: Path) -> None:
    data = bytearray(packed({"a.txt": TEXT}))
    for signature, field in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + field] |= 1
    assert refused(written(tmp_path, bytes(data))) == "guard_encrypted_archive"


@pytest.mark.parametrize("declared", [300 << 20, 100])
def test_bombs(tmp_path: Path, declared: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as made:
        made.writestr("a.txt", bomb)
    data = bytearray(stream.getvalue())
    for signature, method, field in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        start = data.rindex(signature)
        struct.pack_into("<H", data, start + method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, start + field, declared)
    assert refused(written(tmp_path, bytes(data))) == "guard_bomb_archive"


def test_archives_within_archives(tmp_path: Path) -> None:
    inner = packed({"表2.txt": TEXT})
    assert names(written(tmp_path, packed({"b.zip": inner, "表1.txt": TEXT}))) == ["表2.txt", "表1.txt"]
    assert refused(written(tmp_path, packed({"c.zip": packed({"b.zip": inner})}))) == "archive_too_deep"


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    assert refused(written(tmp_path, packed({f"{i}.txt": TEXT for i in range(6)}))) == "archive_too_many"


def test_a_damaged_member(tmp_path: Path) -> None:
    data = bytearray(packed({"a.txt": TEXT * 500}))
    data[45:60] = bytes([255]) * 15
    assert refused(written(tmp_path, bytes(data))) == "archive_damaged"


def test_what_cannot_be_read_is_told_and_no_more(tmp_path: Path) -> None:
    members = {
        "__MACOSX/._a.txt": TEXT, ".DS_Store": b"x", "~$a.docx": b"x", "a.txt": TEXT, "b.exe": b"MZ\x00\x01",
        "c.txt": b"",
    }  # fmt: skip
    with open_members(written(tmp_path, packed(members))) as found:
        assert [member.name for member in found] == ["a.txt"]
        assert {str(d.values["member"]): d.values["reason"] for d in found.doubts} == {
            "__MACOSX/._a.txt": "member_hidden", ".DS_Store": "member_hidden", "~$a.docx": "member_hidden",
            "b.exe": "guard_unknown", "c.txt": "guard_empty",
        }  # fmt: skip
    assert refused(written(tmp_path, packed({"b.exe": b"MZ\x00\x01"}))) == "archive_nothing"


def test_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "公开"
    (folder / "附件").mkdir(parents=True)
    (folder / "表2.txt").write_bytes(TEXT)
    (folder / "附件" / "表1.txt").write_bytes(TEXT)
    (folder / ".hidden").write_bytes(TEXT)
    (folder / "more.zip").write_bytes(packed({"x.txt": TEXT}))
    (folder / "loop").symlink_to(folder)
    with open_members(folder) as found:
        assert [member.name for member in found] == ["x.txt", "表2.txt", "表1.txt"]
        assert {str(d.values["reason"]) for d in found.doubts} == {"member_hidden", "member_link"}
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == "archive_nothing"
