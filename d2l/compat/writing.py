"""Files that are complete or absent, also after a crash."""
import contextlib
import errno
import fcntl
import os
import re
import stat
import uuid

_KINDS = {stat.S_IFDIR: 'a folder', stat.S_IFLNK: 'a symlink',
          stat.S_IFIFO: 'a FIFO', stat.S_IFSOCK: 'a socket'}


@contextlib.contextmanager
def write_atomically(path):
    """A binary file that appears at `path` complete or not at all.

    The content is written to NAME.*.part, whose name is unique to each
    writer, and renamed once it is on the disk. If writing fails, the partial
    file is removed and an earlier file at `path` stays; partial files of
    writers that were killed are removed too. Where `path` is a symlink, the
    file that it names is written. Its mode and owner stay.

    Raises
    ------
    OSError
        The file cannot be written, or what is at `path` is no regular file.
    """
    path = os.path.realpath(path)
    earlier = require_regular(path)
    remove_abandoned(path)
    folder = os.path.dirname(path)
    file, partial = _open_partial(os.path.join(folder, _stem(path)))
    try:
        with file:
            if earlier is not None:
                with contextlib.suppress(OSError):  # needs root
                    os.fchown(file.fileno(), earlier.st_uid, earlier.st_gid)
                mode = earlier.st_mode & 0o777
                if os.fstat(file.fileno()).st_mode & 0o777 != mode:
                    os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
    # write the new name to the disk too; not every file system supports it
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _open_partial(path):
    """A new file, locked until it is closed, and its name."""
    while True:
        partial = f'{path}.{uuid.uuid4().hex[:12]}.part'
        file = open(partial, 'xb')
        with contextlib.suppress(OSError):      # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file, partial
        file.close()    # another writer took it for an abandoned one


def remove_abandoned(path):
    """Remove the partial files of killed writers of `path`.

    Writers that live keep theirs locked. Where the file system has no locks
    nothing is removed.
    """
    folder = os.path.dirname(path)
    pattern = re.compile(re.escape(_stem(path)) + r'\.[0-9a-f]+\.part')
    with contextlib.suppress(OSError):
        for found in os.listdir(folder or '.'):
            if pattern.fullmatch(found):
                _remove_unless_locked(os.path.join(folder, found))


def _stem(path):
    """What names of partial files begin with: a name may have 255 bytes."""
    return os.fsdecode(os.fsencode(os.path.basename(path))[:200])


def _remove_unless_locked(partial):
    with contextlib.suppress(OSError), \
            open_regular(partial, 'ab', follow=False) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(partial)


def open_regular(path, mode='rb', follow=True):
    """Open a regular file; others could wait for ever, or have no end.

    Parameters
    ----------
    path : str
    mode : {'rb', 'ab'}
    follow : bool, optional
        False refuses a symlink: it may name a file elsewhere.

    Raises
    ------
    OSError
        It is no regular file, or cannot be opened.
    """
    require_regular(path, follow)

    def open_without_waiting(path, flags):
        flags |= os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
        descriptor = os.open(path, flags, 0o666)
        try:    # another file may have come in its place
            _require_regular(os.fstat(descriptor), path)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    return open(path, mode, opener=open_without_waiting)


def require_regular(path, follow=True):
    """The status of the regular file at `path`, or None if there is none.

    `follow` and errors as for `open_regular`.
    """
    try:
        status = os.stat(path, follow_symlinks=follow)
    except FileNotFoundError:
        return None
    _require_regular(status, path)
    return status


def _require_regular(status, path):
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        # Python chooses the class by the number
        raise OSError(
            errno.EISDIR if kind == stat.S_IFDIR else errno.EINVAL,
            'expected a regular file, but found %s: move it away, or choose '
            'another name' % _KINDS.get(kind, 'a device'), path)
