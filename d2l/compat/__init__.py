"""Make the real MXNet 1.9.1 work on today's Python, NumPy and IPython.

MXNet's last release was written for NumPy < 1.24 and Python < 3.12. This
package changes no file of MXNet, and no other package sees a changed NumPy:

- `hook` executes MXNet's modules, and only those, with shims (`shims`) for
  NumPy, distutils and onnx that still have the removed names.
- `repairs` lists the repairs of modules whose problem is not a missing name,
  and applies them when these are imported. `array_repairs`, `data_repairs`,
  `flag_repairs`, `gluon_repairs`, `image_repairs`, `ipython_repairs`,
  `kvstore_repairs`, `launcher_repairs`, `library_repairs`, `mxboard_repairs`
  and `numpy_repairs` hold them, each named for what it repairs or adapts to;
  `gpus`, `ports` and `threads` have some, too.
- `cuda` loads the CUDA libraries before MXNet's CUDA build; `arm64` lends its
  aarch64 build OpenBLAS; `elf` reads which libraries they need. `nvidia` asks
  the driver about the GPUs.
- `installing` says what to install where MXNet or one of GCC's libraries is
  missing.
- `threads` chooses how many threads MXNet computes with.
- `scalars`, `shipped_data`, `shared_copy` and `writing` hold the larger
  pieces of repairs.

The package imports nothing from the rest of d2l and can be loaded without it:
`d2l_mxnet.py` does so when MXNet is imported before d2l. Therefore its modules
import each other only by `from .module import name`, never by
`from . import module`.

Nor do `__init__.py` of the package, and of those in it, import a module while
they are executed: since 3.14.8 and 3.15 Python then imports d2l, too.
"""
__all__ = ['install']


def install():
    """Install the import hook of d2l.compat; see `hook.install`."""
    from .hook import install
    return install()
