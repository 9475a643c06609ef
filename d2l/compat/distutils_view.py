"""`distutils.version` for MXNet: Python 3.12 removed distutils.

MXNet compares NumPy's and Horovod's versions with it, nothing more.
"""
import functools
import re
import types


@functools.total_ordering
class LooseVersion:
    """A version that compares by its leading numbers: '2.0.0rc1' as 2.0."""

    def __init__(self, vstring):
        self.vstring = str(vstring)
        numbers = re.match(r'[\d.]*', self.vstring).group()
        self.version = [int(n) for n in numbers.split('.') if n]

    def __str__(self):
        return self.vstring

    def __repr__(self):
        return "LooseVersion ('%s')" % self

    def __eq__(self, other):
        return self.version == LooseVersion(other).version

    def __lt__(self, other):
        return self.version < LooseVersion(other).version


_version = types.ModuleType('distutils.version', __doc__)
_version.LooseVersion = _version.StrictVersion = LooseVersion
_distutils = types.ModuleType('distutils', __doc__)
_distutils.version = _version


def distutils_view(name):
    """The stand-in for 'distutils' or 'distutils.version'."""
    return _distutils if name == 'distutils' else _version
