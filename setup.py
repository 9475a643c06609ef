"""Install d2l and the .pth file that prepares MXNet (see d2l_mxnet.py)."""
import base64
import glob
import hashlib
import os
import re
import zipfile

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

PTH = 'd2l_mxnet.pth'   # Python reads it only in site-packages itself


class BuildPy(build_py):
    """Adds the .pth file to an ordinary wheel, beside the packages."""

    def run(self):
        super().run()
        if not getattr(self, 'editable_mode', False):
            self.copy_file(PTH, os.path.join(self.build_lib, PTH))

    def get_outputs(self, include_bytecode=1):
        outputs = super().get_outputs(include_bytecode)
        if not getattr(self, 'editable_mode', False):
            outputs.append(os.path.join(self.build_lib, PTH))
        return outputs


class EditableWheel(editable_wheel):
    """Adds the .pth file to the wheel of `pip install -e`.

    setuptools puts only its own .pth file there.
    """

    def run(self):
        super().run()
        wheel, = glob.glob(os.path.join(self.dist_dir, '*.whl'))
        with open(PTH, 'rb') as file:
            pth = file.read()
        digest = base64.urlsafe_b64encode(hashlib.sha256(pth).digest())
        record = '%s,sha256=%s,%d\n' % (
            PTH, digest.rstrip(b'=').decode(), len(pth))
        old = wheel + '.old'
        os.rename(wheel, old)
        with zipfile.ZipFile(old) as source, \
                zipfile.ZipFile(wheel, 'w', zipfile.ZIP_DEFLATED) as target:
            for item in source.infolist():
                body = source.read(item)
                if item.filename.endswith('.dist-info/RECORD'):
                    body += record.encode()
                target.writestr(item, body)
            target.writestr(PTH, pth)
        os.remove(old)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


# Any version will do, though MXNet's metadata names narrow ranges: what a
# running kernel has loaded stays.
MXNET_NEEDS = ['graphviz', 'requests']
# MXNet's metadata requires numpy<2, which has no wheels for Python 3.13 and
# newer: there, install MXNet with pip's --no-deps (see docs/installing.md).
BEFORE_313 = '; python_version < "3.13"'
# MXNet's build for this processor lacks its BLAS: d2l/compat/arm64.py
OPENBLAS = ('scipy-openblas32; sys_platform == "linux" and '
            'platform_machine == "aarch64"')
# All that libmxnet.so of MXNet's CUDA build needs: CUDA 11.8 and its last
# cuDNN. Elsewhere pip should report that mxnet-cu112 is missing, not these.
LINUX = '; sys_platform == "linux" and platform_machine == "x86_64"'
CUDA = [wheel + LINUX for wheel in (
    'nvidia-cublas-cu11==11.11.3.6',
    'nvidia-cuda-nvrtc-cu11==11.8.89',
    'nvidia-cuda-runtime-cu11==11.8.89',
    'nvidia-cudnn-cu11==8.9.6.50',
    'nvidia-cufft-cu11==10.9.0.58',
    'nvidia-curand-cu11==10.3.0.86',
    'nvidia-cusolver-cu11==11.4.1.48',
    'nvidia-nccl-cu11==2.21.5',
    'nvidia-nvtx-cu11==11.8.86',
)]
# They need Python 3.11 or newer.
BOOK = [package + '; python_version >= "3.11"' for package in (
    'myst-nb==1.4.0',
    'pydata-sphinx-theme==0.20.0',
    'sphinx==9.0.4',
    'sphinx-book-theme==1.4.0',
    'sphinx-mathjax-offline==0.0.2',    # MathJax 3.2.2
    'sphinx-notfound-page==1.1.0',
    'sphinx-sitemap==2.9.0',
    'sphinxext-opengraph==0.13.0',
)]

setup(
    name='d2l-gluon',   # the later editions own 'd2l' on the package index
    version=re.search("__version__ = '(.*)'",
                      read('d2l/__init__.py')).group(1),
    description='The d2l package of the MXNet-Gluon edition of Dive into '
                'Deep Learning (2019), running on current machines',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    license='Apache-2.0 AND MIT',
    classifiers=['Programming Language :: Python :: 3.%d' % minor
                 for minor in range(8, 16)],
    python_requires='>=3.8',
    packages=find_packages(include=['d2l', 'd2l.*']),
    # with this, pip install -e adds a plain path, which costs no import time
    package_dir={'': '.'},
    py_modules=['d2l_mxnet', 'd2lzh', 'gluonbook'],
    package_data={'d2l': ['data/*', '*.pyi', 'py.typed']},
    install_requires=['matplotlib', 'numpy', 'tqdm'] + MXNET_NEEDS,
    extras_require={
        'cpu': ['mxnet==1.9.1' + BEFORE_313, OPENBLAS],
        'gpu': ['mxnet==1.9.1' + BEFORE_313, OPENBLAS, 'torch>=2.1'],
        'cu112': ['mxnet-cu112==1.9.1' + BEFORE_313] + CUDA,
        # for a kernel that gets mxnet-cu112 by pip's --no-deps
        'cuda': CUDA,
        'notebook': ['ipykernel', 'jupyterlab', 'nbclient', 'nbformat'],
        'book': BOOK,
        'browser': ['playwright==1.65.2; python_version >= "3.10"',
                    'pytest'],
        'test': ['build', 'hypothesis', 'mypy', 'nbval', 'onnx', 'psutil',
                 'pytest', 'ruff'],
    },
    cmdclass={'build_py': BuildPy, 'editable_wheel': EditableWheel},
)
