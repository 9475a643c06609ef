"""One training at a time in a checkpoint's folder."""
import contextlib
import errno
import fcntl
import os
import threading

from ..compat.writing import open_regular

_guard = threading.Lock()
# (process, device, inode) of the folders that this process trains with: the
# locks of the file system belong to processes, and threads share them
_in_use = set()


@contextlib.contextmanager
def locked(folder):
    """Make the folder, and keep others from training with it.

    Raises
    ------
    OSError
        It cannot be made or written to.
    RuntimeError
        Another process, or another thread of this one, trains with it.
    """
    with contextlib.ExitStack() as stack:
        try:
            _make_folder(folder)
            stack.enter_context(_kept_from_threads(folder))
            lock = stack.enter_context(
                # of a symlink, the file elsewhere would be made
                open_regular(os.path.join(folder, 'lock'), 'ab',
                             follow=False))
        except OSError as error:
            raise type(error)(
                error.errno, 'checkpoint must be a folder that can be '
                'written to; choose another name (%s: %s)' % (
                    error.filename or folder, error.strerror),
                folder) from None
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise _in_use_error(
                    'process', folder,
                    'end it (it may be the kernel of another notebook)'
                ) from None
            # a file system without locks: the reader has to take care
        yield


def _make_folder(folder):
    try:
        # the longest name that will be needed
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.stat(os.path.join(folder, 'state.d2l.0123456789ab.part'))
        os.makedirs(folder, exist_ok=True)
    except RecursionError:      # os.makedirs calls itself for each folder
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG),
                      folder) from None


@contextlib.contextmanager
def _kept_from_threads(folder):
    # before the lock is opened: closing it would give up the lock of all
    found = os.stat(folder)
    key = os.getpid(), found.st_dev, found.st_ino
    with _guard:
        if key in _in_use:
            raise _in_use_error('thread', folder, 'wait for its end')
        _in_use.add(key)
    try:
        yield
    finally:
        _in_use.discard(key)


def _in_use_error(who, folder, remedy):
    return RuntimeError(
        'another %s is training with the checkpoint %s: %s, or give another '
        'folder as checkpoint' % (who, folder, remedy))
