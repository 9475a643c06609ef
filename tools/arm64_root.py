"""A root folder for aarch64 on an x86-64 machine, and programs in it.

It is made of the packages of a Debian release, which is named as Debian names
it, and of Python's packages. QEMU runs its programs, in a namespace where QEMU
is registered for them; the rest of the machine does not know of it, and root
is not needed.
"""
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / 'build' / 'arm64'
KEYRING = pathlib.Path('/usr/share/keyrings/debian-archive-keyring.gpg')
MIRROR = 'http://deb.debian.org/debian'
# What slim images have, and the library that MXNet's wheel takes for granted.
PACKAGES = ['coreutils', 'dash', 'libgomp1', 'libstdc++6', 'python3']
QEMU_SUITE, QEMU = 'trixie', 'qemu-user'
# A Raspberry Pi 4's processor, the oldest that many have. With processors that
# have SVE, QEMU computes more of what OpenBLAS asks for wrongly.
PROCESSOR = 'cortex-a72'
REQUIREMENTS = ['graphviz', 'hypothesis', 'ipython', 'matplotlib', 'onnx',
                'psutil', 'pytest', 'requests', 'scipy-openblas32', 'tqdm']

# Programs that begin like this, but for the bits that the mask leaves out, are
# QEMU's: a 64-bit ELF file, an executable or a library, for AArch64.
MAGIC = r'\x7fELF\x02\x01\x01' + r'\x00' * 9 + r'\x02\x00\xb7\x00'
MASK = r'\xff' * 7 + r'\x00' + r'\xff' * 8 + r'\xfe\xff\xff\xff'
# F: QEMU is opened now, since it isn't in the root folder.
REGISTRATION = f':d2l-aarch64:M::{MAGIC}:{MASK}:%s:F'
# Run in a user namespace, where binfmt_misc is the namespace's own.
ENTER = """
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf %s "$1" > /proc/sys/fs/binfmt_misc/register
for folder in proc dev sys; do mount --rbind /$folder "$2/$folder"; done
mount --bind "$3" "$2/d2l"
root=$2
shift 3
exec chroot "$root" "$@"
"""
NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount']


class Obstacle(Exception):
    """Something that this machine lacks and the test cannot install."""


def look_for_obstacles():
    if sys.platform != 'linux' or platform.machine() != 'x86_64':
        raise Obstacle(f'it emulates aarch64 on Linux, x86-64; this is '
                       f'{sys.platform}, {platform.machine()}')
    for program in ('apt-get', 'dpkg-deb', 'tar', 'unshare'):
        if shutil.which(program) is None:
            raise Obstacle(f'{program} was not found: it needs Debian, or a '
                           'system made from Debian')
    if not KEYRING.exists():
        raise Obstacle(f'{KEYRING} was not found: apt install '
                       'debian-archive-keyring')
    done = subprocess.run(
        [*NAMESPACE, 'mount', '-t', 'binfmt_misc', 'none',
         '/proc/sys/fs/binfmt_misc'], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        raise Obstacle('binfmt_misc cannot be had in a user namespace, which '
                       'needs Linux 6.7 and the permission to make one: '
                       + done.stdout.strip())


def make_root(suite):
    """Make a root folder for aarch64, unless it is there; returns it."""
    root, qemu = FOLDER / suite, FOLDER / 'qemu'
    ready = FOLDER / f'{suite}.ready'
    if not ready.exists():
        print(f'Making {root.relative_to(ROOT)} ...', flush=True)
        shutil.rmtree(root, ignore_errors=True)
        for name in ('bin', 'lib', 'sbin'):
            (root / 'usr' / name).mkdir(parents=True)
            (root / name).symlink_to(f'usr/{name}')
        for name in ('d2l', 'dev', 'proc', 'root', 'sys', 'tmp'):
            (root / name).mkdir()
        unpack(PACKAGES, suite, 'arm64', root)
        unpack([QEMU], QEMU_SUITE, 'amd64', qemu, './usr/bin/qemu-aarch64')
        install_python_packages(root)
        ready.touch()
    return root


def unpack(packages, suite, architecture, target, member=None):
    """Unpack Debian's packages, and those that they depend on, into a folder.

    Their scripts don't run. `member` names the only file of the first one
    that is wanted.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        files = download(packages, suite, architecture, pathlib.Path(folder))
        for file in files:
            with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', file],
                                  stdout=subprocess.PIPE) as package:
                # before Debian 13 packages use both /lib and /usr/lib
                subprocess.run(
                    ['tar', '-x', '--no-same-owner',
                     '--keep-directory-symlink', '-C', target,
                     *filter(None, [member])],
                    stdin=package.stdout, check=True)


def download(packages, suite, architecture, folder):
    """The files of Debian's packages and of those that they depend on.

    apt works in `folder`, and knows nothing of this machine's packages.
    """
    for name in ('lists/partial', 'archives/partial'):
        (folder / name).mkdir(parents=True)
    (folder / 'status').touch()
    (folder / 'sources.list').write_text(
        f'deb [signed-by={KEYRING}] {MIRROR} {suite} main\n')
    config = folder / 'apt.conf'
    config.write_text(f'''
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
''')

    def apt_get(*arguments):
        return subprocess.run(
            ['apt-get', '-qq', *arguments],
            env=dict(os.environ, APT_CONFIG=str(config), LC_ALL='C'),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True)

    done = apt_get('update')
    if done.returncode:
        raise Obstacle(f"Debian's packages cannot be reached at {MIRROR}:\n"
                       + done.stdout.strip())
    done = apt_get('install', '--download-only', '--yes', *packages)
    if done.returncode:
        sys.exit(done.stdout)
    return sorted((folder / 'archives').glob('*.deb'))


def install_python_packages(root):
    """Install MXNet's aarch64 wheel and what the tests need.

    This machine's pip does it: under QEMU it would take minutes.
    """
    version = os.readlink(root / 'usr' / 'bin' / 'python3')[len('python'):]
    site = root / 'usr' / 'local' / 'lib' / f'python{version}/dist-packages'
    tags = ['manylinux2014_aarch64'] + [
        f'manylinux_2_{minor}_aarch64' for minor in range(17, 37)]
    # as pip would choose on such a machine (setup.py)
    numpy = 'numpy<2' if int(version.split('.')[1]) < 13 else 'numpy'
    for arguments in ([numpy, *REQUIREMENTS], ['--no-deps', 'mxnet==1.9.1']):
        done = subprocess.run(
            [sys.executable, '-m', 'pip', 'install', '--quiet',
             '--disable-pip-version-check', '--no-compile', '--target', site,
             '--python-version', version, '--implementation', 'cp',
             '--only-binary', ':all:',
             *(f'--platform={tag}' for tag in tags), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True)
        if done.returncode:
            sys.exit(done.stdout)
    # as `pip install -e .` does
    (site / 'd2l.pth').write_text('/d2l\n')
    shutil.copy(ROOT / 'd2l_mxnet.pth', site)


def run(root, *command, environ=(), **options):
    """Run a command in the root folder, with this checkout in /d2l.

    The parameters are those of `subprocess.run`, and environment variables.
    """
    environ = {'PATH': '/usr/bin', 'HOME': '/root', 'LANG': 'C.UTF-8',
               # compiling modules takes as long as all else
               'PYTHONPYCACHEPREFIX': '/var/cache/pycache',
               'QEMU_CPU': PROCESSOR, **dict(environ)}
    return subprocess.run(
        [*NAMESPACE, 'sh', '-e', '-c', ENTER, 'sh',
         REGISTRATION % (FOLDER / 'qemu' / 'usr' / 'bin' / 'qemu-aarch64'),
         root, ROOT,
         'env', '-i', '-C', '/d2l',
         *(f'{name}={value}' for name, value in environ.items()), *command],
        **options)
