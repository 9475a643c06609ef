"""The distribution as it is built, not as it is checked out."""
import email
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest
from packaging.requirements import Requirement

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The wheel, opened as an archive."""
    folder = tmp_path_factory.mktemp('wheel')
    source = folder / 'source'      # setuptools leaves files where it builds
    shutil.copytree(str(ROOT), str(source), ignore=shutil.ignore_patterns(
        '.*', 'build', '*.egg-info', '__pycache__'))
    subprocess.run(
        [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
         '--wheel-dir', str(folder), str(source)], check=True)
    file, = folder.glob('d2l_gluon-%s-*.whl' % d2l.__version__)
    with zipfile.ZipFile(str(file)) as archive:
        yield archive


def read_info(wheel, name):
    return wheel.read('d2l_gluon-%s.dist-info/%s'
                      % (d2l.__version__, name)).decode()


@pytest.mark.slow
def test_the_wheel_holds_everything(wheel):
    names, record = set(wheel.namelist()), read_info(wheel, 'RECORD')
    modules = [path.relative_to(ROOT).as_posix() for pattern in
               ('d2l/**/*.py', 'd2l/data/*') for path in ROOT.glob(pattern)]
    top = ['d2l_mxnet.pth', 'd2l_mxnet.py', 'd2lzh.py',
           'gluonbook.py']
    for name in modules + top:
        assert name in names, name
        assert '%s,sha256=' % name in record    # so that pip uninstalls it


@pytest.mark.slow
@pytest.mark.parametrize('extra', ['cpu', 'gpu', 'cu112'])
def test_only_aarch64_gets_openblas(wheel, extra):
    requirements = [
        Requirement(value) for name, value in
        email.message_from_string(read_info(wheel, 'METADATA')).items()
        if name == 'Requires-Dist']
    for machine in ('x86_64', 'aarch64'):
        environment = {'extra': extra, 'platform_machine': machine,
                       'sys_platform': 'linux', 'python_version': '3.13'}
        assert any(
            requirement.name == 'scipy-openblas32'
            and requirement.marker.evaluate(environment)
            for requirement in requirements) == (
                machine == 'aarch64' and extra != 'cu112')
