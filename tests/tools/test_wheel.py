"""The distribution as it is built, not as it is checked out."""
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


@pytest.mark.slow
def test_the_wheel_holds_everything(tmp_path):
    source = tmp_path / 'source'    # setuptools leaves files where it builds
    shutil.copytree(str(ROOT), str(source), ignore=shutil.ignore_patterns(
        '.*', 'build', '*.egg-info', '__pycache__'))
    subprocess.run(
        [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
         '--wheel-dir', str(tmp_path), str(source)], check=True)
    wheel, = tmp_path.glob('d2l_gluon-%s-*.whl' % d2l.__version__)
    with zipfile.ZipFile(str(wheel)) as archive:
        names = set(archive.namelist())
        record = archive.read('d2l_gluon-%s.dist-info/RECORD'
                              % d2l.__version__).decode()
    modules = [path.relative_to(ROOT).as_posix() for pattern in
               ('d2l/**/*.py', 'd2l/data/*') for path in ROOT.glob(pattern)]
    top = ['d2l_mxnet.pth', 'd2l_mxnet.py', 'd2lzh.py',
           'gluonbook.py']
    for name in modules + top:
        assert name in names, name
        assert '%s,sha256=' % name in record    # so that pip uninstalls it
