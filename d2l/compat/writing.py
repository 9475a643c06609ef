"""How files are written that must not be there in part."""
import contextlib
import os
import uuid


@contextlib.contextmanager
def whole(path):
    """A binary file to write, which is at `path` in full or not at all.

    Until it is complete and on the disk it is called PATH.*.part, a name of
    its own for every writer. What was at `path` before stays there until
    then, and for good where writing fails.
    """
    part = '%s.%s.part' % (path, uuid.uuid4().hex[:12])
    try:
        with open(part, 'xb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    # the new name is on the disk too; not every file system can do that
    with contextlib.suppress(OSError):
        folder = os.open(os.path.dirname(path) or '.', os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
