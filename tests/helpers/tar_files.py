"""Tar files for tests."""
import io
import tarfile


def make_tar(path, *members, mode='w'):
    """Write a tar file of (name, content) and TarInfos; its path."""
    with tarfile.open(str(path), mode) as file:
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                file.addfile(info, io.BytesIO(member[1]))
            else:   # addfile would ask for the content that its size says
                file.fileobj.write(member.tobuf())
    return str(path)


def special(name, kind, target=''):
    """The TarInfo of a link, a folder or a device."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info
