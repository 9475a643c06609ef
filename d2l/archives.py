"""Tar files that are unpacked inside a folder, and nowhere else."""
import os
import tarfile


def extract(path, folder):
    """Unpack a tar file, refusing members outside `folder`.

    Members that exist in full are left alone, so that calling this again
    completes an interrupted extraction. Folders of the archive may be there
    as links, to a larger disk for example.

    Parameters
    ----------
    path : str
        The path of the tar file.
    folder : str
        The folder to unpack in. Made if necessary.

    Raises
    ------
    ValueError
        A member lies outside `folder`, or is neither a file nor a folder.
        Nothing is unpacked.
    """
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        for member in members:
            _require_inside(member, path)
            # they will belong to the user; nobody else may write to them
            member.uid, member.gid = os.getuid(), os.getgid()
            member.uname = member.gname = ''
            member.mode = 0o755 if member.isdir() else 0o644
        missing = [member for member in members
                   if not _is_extracted(member, folder)]
        # Python's filter 'data' would refuse folders that are links. No
        # member is one, as was checked, so any link is the user's own.
        if hasattr(tarfile, 'data_filter'):
            tar.extractall(folder, missing, filter='fully_trusted')
        else:
            tar.extractall(folder, missing)


def _require_inside(member, path):
    if not (member.isfile() or member.isdir()):
        found = 'a link or a device'
    elif os.path.isabs(member.name) or '..' in member.name.split('/'):
        found = 'outside'
    elif '\0' in member.name or (
            member.isfile() and os.path.normpath(member.name) == '.'):
        found = 'no name of a file'
    else:
        return
    raise ValueError(
        f'{path} must contain only files and folders inside the folder it '
        f'is unpacked in, but contains {member.name!r}, which is {found}: '
        'do not trust this file')


def _is_extracted(member, folder):
    path = os.path.join(folder, member.name)
    return (member.isfile() and os.path.isfile(path)
            and os.path.getsize(path) == member.size)
