"""The public names and signatures stay as the stored lists have them."""
import pathlib

import pytest
from interpreters import run_python

HELPERS = pathlib.Path(__file__).parent / 'helpers'

# Python's own attributes of a module differ from version to version.
LISTING = '''
import inspect
import sys

import d2l
import {package} as package

names = [name for name in dir(package)
         if name[:2] != '__' or name in ('__all__', '__version__')]
for name in names:
    value = getattr(package, name) if name in d2l._HOME else None
    signature = str(inspect.signature(value)) if callable(value) else ''
    # as it stands in the source
    print(name + signature.replace('ctx=[cpu(0)]', 'ctx=[mx.cpu()]'))
'''


@pytest.mark.parametrize('package, file', [
    ('d2l', 'public_names.txt'), ('d2lzh', 'public_names_zh.txt')])
def test_names_and_signatures_are_those_of_the_list(package, file):
    process = run_python(LISTING.format(package=package))
    assert process.returncode == 0, process.stdout
    expected = (HELPERS / file).read_text(encoding='utf-8')
    assert process.stdout.splitlines() == expected.splitlines()
