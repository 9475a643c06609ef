"""The distribution as it is built, not as it is checked out."""
import email
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest
from packaging.requirements import Requirement

import d2l

ROOT = pathlib.Path(d2l.__file__).parent.parent


@pytest.fixture(scope='module')
def dist(tmp_path_factory):
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp('dist')
    source = folder / 'source'      # setuptools leaves files where it builds
    shutil.copytree(str(ROOT), str(source), ignore=shutil.ignore_patterns(
        '.*', 'build', 'dist', '*.egg-info', '__pycache__'))
    subprocess.run([sys.executable, '-m', 'build', '--outdir', str(folder),
                    str(source)], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope='module')
def wheel_file(dist):
    file, = dist.glob('d2l_gluon-%s-*.whl' % d2l.__version__)
    return str(file)


@pytest.fixture(scope='module')
def wheel(wheel_file):
    """The wheel, opened as an archive."""
    with zipfile.ZipFile(wheel_file) as archive:
        yield archive


@pytest.fixture(scope='module')
def installed(wheel_file, tmp_path_factory):
    """Python in an environment that has d2l from the wheel alone.

    It finds the other packages where the tests have MXNet.
    """
    venv = tmp_path_factory.mktemp('installed') / 'venv'
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip',
                    str(venv)], check=True)
    site_packages = sysconfig.get_path('purelib', vars={'base': str(venv)})
    subprocess.run(
        [sys.executable, '-m', 'pip', '--disable-pip-version-check',
         'install', '--quiet', '--no-deps', '--no-index', '--target',
         site_packages, wheel_file], check=True)
    others = pathlib.Path(d2l.mx.__file__).parent.parent
    pathlib.Path(site_packages, 'others.pth').write_text(
        '%s\n' % others, encoding='utf-8')
    return str(venv / 'bin' / 'python')


def run_installed(installed, *arguments):
    """What Python prints, where no checkout is in reach."""
    env = {name: value for name, value in os.environ.items()
           if name != 'PYTHONPATH'}
    return subprocess.run(
        [installed, *arguments], env=env, check=True, cwd=os.path.dirname(
            installed), stdout=subprocess.PIPE, universal_newlines=True).stdout


def read_info(wheel, name):
    return wheel.read('d2l_gluon-%s.dist-info/%s'
                      % (d2l.__version__, name)).decode()


@pytest.mark.slow
def test_the_wheel_holds_everything(wheel):
    names, record = set(wheel.namelist()), read_info(wheel, 'RECORD')
    modules = [path.relative_to(ROOT).as_posix() for pattern in
               ('d2l/**/*.py', 'd2l/data/*', 'd2l/*.pyi', 'd2l/py.typed')
               for path in ROOT.glob(pattern)]
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


@pytest.mark.slow
def test_mxnet_imports_before_the_installed_d2l(installed):
    out = run_installed(
        installed, '-c', 'import mxnet, d2l; print(mxnet.nd.ones(2).sum().'
        'asscalar(), d2l.__version__, d2l.__file__)')
    total, version, path = out.split()
    assert (total, version) == ('2.0', d2l.__version__)
    assert path.startswith(os.path.dirname(os.path.dirname(installed)))


@pytest.mark.slow
def test_the_installed_d2l_trains(installed):
    out = run_installed(installed, '-c', '''
import os
os.environ['D2L_MAX_BATCHES'] = '2'
import d2l
from mxnet import gluon
net = d2l.nn.Dense(10)
net.initialize()
trainer = gluon.Trainer(net.collect_params(), 'sgd')
d2l.train_ch5(net, *d2l.load_data_fashion_mnist(16), 16, trainer,
              d2l.mx.cpu(), 1)''')
    assert out.splitlines()[-1].startswith('epoch 1, loss ')


@pytest.mark.slow
def test_d2l_without_extras_takes_what_a_kernel_has(wheel):
    needs = email.message_from_string(
        read_info(wheel, 'METADATA')).get_all('Requires-Dist')
    assert {'graphviz', 'matplotlib', 'numpy', 'requests', 'tqdm'} == {
        need for need in needs if 'extra' not in need}  # of any version
    cuda = [need for need in needs if re.search('extra == .cuda', need)]
    assert cuda and all(need.startswith('nvidia-') for need in cuda)


@pytest.mark.slow
def test_setup_py_still_says_what_pyproject_toml_leaves_to_it(wheel):
    """setuptools drops what [project] neither has nor calls dynamic."""
    metadata = email.message_from_string(read_info(wheel, 'METADATA'))
    for field in ('Summary', 'License', 'Classifier', 'Requires-Python',
                  'Provides-Extra', 'Description-Content-Type'):
        assert metadata.get(field) or metadata.get(field + '-Expression')
