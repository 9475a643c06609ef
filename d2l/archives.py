"""Archives: nothing is written outside a folder, or without end.

A small archive can unpack to any number of bytes.
"""
import os
import tarfile
import zipfile

from .compat.writing import open_regular

MAX_SIZE = 4 << 30  # bytes of all files; the edition's have at most 2.0 GB


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
        A member lies outside `folder`, or is neither a file nor a folder, or
        all of them have more than MAX_SIZE bytes. Nothing is unpacked.
    """
    with tarfile.open(path) as tar:
        members, size = [], 0
        for member in tar:
            _require_inside(member, path)
            size += tarfile.BLOCKSIZE + member.size     # with its header
            if size > MAX_SIZE:     # before it is read, to get to the next
                raise ValueError(
                    f'{path} must have at most {MAX_SIZE} bytes when it is '
                    f'unpacked, but has {size} up to {member.name!r}: do not '
                    'trust this file')
            members.append(member)
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


def read_zipped(path, name, max_size):
    """The content of a file in a zip file.

    Raises
    ------
    ValueError
        It is no zip file, or a damaged one, or it does not hold this file, or
        the file has more than `max_size` bytes.
    """
    with open_regular(path) as file:
        try:
            with zipfile.ZipFile(file) as archive, \
                    archive.open(name) as member:
                content = member.read(max_size + 1)
        # zipfile raises many kinds, of the decompressors too
        except Exception as error:
            raise ValueError(
                f'{path} must be a zip file that holds {name}, but that '
                f'cannot be read ({error}): get another copy') from error
    if len(content) > max_size:
        raise ValueError(
            f'{name} in {path} must have at most {max_size} bytes, but has '
            'more: get another copy')
    return content


def extract_zipped(path, names, folder):
    """Unpack files of a zip file.

    Parameters
    ----------
    path : str
        The path of the zip file.
    names : set of str
        The names of the files, in whatever folders of the zip file.
    folder : str
        The folder to unpack in.

    Returns
    -------
    dict of str to str
        The path of each unpacked file, by its name in the zip file.

    Raises
    ------
    ValueError
        It is no zip file, or a damaged one, or all of these files have more
        than MAX_SIZE bytes.
    """
    with open_regular(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = [member for member in archive.infolist()
                           if os.path.basename(member.filename) in names]
                # zipfile reads no more than a member says that it has
                size = sum(member.file_size for member in members)
                if size > MAX_SIZE:
                    raise ValueError(f'its files have {size} bytes, which is '
                                     f'more than {MAX_SIZE}')
                return {member.filename: archive.extract(member, folder)
                        for member in members}
        except Exception as error:      # of many kinds
            raise ValueError(
                f'{path} is a zip file, but cannot be unpacked '
                f'({error})') from error


def _require_inside(member, path):
    if not (member.isfile() or member.isdir()):
        found = 'a link or a device'
    elif os.path.isabs(member.name) or '..' in member.name.split('/'):
        found = 'outside'
    elif '\0' in member.name or (
            member.isfile() and os.path.normpath(member.name) == '.'):
        found = 'not a file name'
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
