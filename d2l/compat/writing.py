"""Files that are complete or absent, also after a crash."""
import contextlib
import os
import uuid


@contextlib.contextmanager
def write_atomically(path):
    """A binary file that appears at `path` complete or not at all.

    The content is written to PATH.*.part, whose name is unique to each
    writer, and renamed once it is on the disk. If writing fails, the partial
    file is removed and an earlier file at `path` stays.
    """
    partial = f'{path}.{uuid.uuid4().hex[:12]}.part'
    try:
        with open(partial, 'xb') as file:
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
        folder = os.open(os.path.dirname(path) or '.', os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
