"""`python -m d2l data`: the files of data and weights that the edition needs.

Their hosts are often gone. The command lists each: where it must lie, and
whether it is there and whole; `python -m d2l data add FILE...` recognises
files by their digests and copies them into place.
"""
import collections
import os
import tempfile
import zipfile

from . import archives
from .compat.shared_copy import compute_sha1, find_shared, place

# `is_edition`: `sha1` is the edition's or MXNet's, not a later edition's
DataFile = collections.namedtuple(
    'DataFile', 'name sha1 folder chapters is_edition', defaults=(True,))

# The edition read these without a digest. d2l 0.11 has digests of its own
# copies, which may differ in a byte from those of 2019; nobody published one
# of the lyrics. By name: this digest, and the chapters.
_LATER = {
    'airfoil_self_noise.dat': ('76e5be1548fd8222e5074cf0faae75edff8cf93f',
                               'optimization algorithms'),
    'jaychou_lyrics.txt.zip': (None, 'recurrent networks, in Chinese'),
    'ptb.zip': ('319d85e578af0cdc590547f26231e4e31cdf1e42',
                'pretraining of word2vec'),
    'timemachine.txt': ('090b5e7e70c295757f55df93cb0a180b9691891a',
                        'recurrent networks'),
}


def needed_files():
    """The files, a DataFile each; `sha1` is None where it is not known."""
    from mxnet import base
    from mxnet.contrib.text import _constants
    from mxnet.gluon.model_zoo import model_store

    from . import detection, segmentation, sentiment
    from .gluon_internals import data_set_files, model_sha1
    home = base.data_dir()
    data = os.path.join('..', 'data')
    found = [DataFile(name, sha1, os.path.join(data, 'pikachu'),
                      'object detection data set, SSD')
             for name, sha1 in detection.SHA1.items()]
    for module, chapters in ((sentiment, 'sentiment analysis'),
                             (segmentation, 'semantic segmentation, FCN')):
        found.append(DataFile(module.URL.rsplit('/', 1)[-1], module.SHA1,
                              data, chapters))
    glove = 'glove.6B.zip'
    found.append(DataFile(
        glove, _constants.GLOVE_PRETRAINED_FILE_SHA1[glove],
        os.path.join(home, 'embeddings', 'glove'),
        'similarity and analogy, sentiment analysis'))
    for name, chapters in (('resnet18_v2', 'fine-tuning, FCN'),
                           ('vgg19', 'style transfer')):
        found.append(DataFile(
            '%s-%s.params' % (name, model_store.short_hash(name)),
            model_sha1(name), os.path.join(home, 'models'),
            chapters))
    found.append(DataFile(
        'hotdog.zip', 'fba480ffa8aa7e0febbb511d181409f899b9baa5', data,
        'fine-tuning'))
    archive, = data_set_files('CIFAR10')
    found.append(DataFile(*archive, os.path.join(home, 'datasets', 'cifar10'),
                          'image augmentation, Kaggle CIFAR-10'))
    found += [DataFile(*file, os.path.join(home, 'datasets', 'mnist'),
                       'MNIST, for comparison')
              for file in data_set_files('MNIST')]
    found += [DataFile(name, sha1, data, chapters, is_edition=False)
              for name, (sha1, chapters) in _LATER.items()]
    return found


def describe(file):
    """The state of a file, its name, digest, place and chapters, as lines."""
    path = os.path.join(file.folder, file.name)
    state = _state(file, path)
    if state in ('missing', 'damaged'):
        shared = find_shared(file.name, file.sha1 if file.is_edition else None)
        if shared:
            state, path = 'shared', shared
    size = '%d bytes' % os.path.getsize(path) if state != 'missing' else '-'
    digest = file.sha1 or 'not known'
    if file.sha1 and not file.is_edition:
        digest += " (d2l 0.11's copy; the edition's own is not known)"
    return '%-8s %s\n    %s; SHA-1 %s\n    at %s\n    for %s' % (
        state, file.name, size, digest, os.path.abspath(path), file.chapters)


def _state(file, path):
    if not os.path.isfile(path):
        return 'missing'
    if file.sha1 and compute_sha1(path) == file.sha1:
        return 'whole'
    return 'damaged' if file.is_edition else 'there'


def add(paths):
    """Copy each file to where it is needed; the exit status.

    A file is recognised by its SHA-1, whatever its name is; those whose
    digest the edition did not know, by their name too. Of a zip file such as
    the model zoo's, the files in it are looked at.
    """
    files = needed_files()
    return max([_add(path, files) for path in paths])


def _add(path, files):
    if not os.path.isfile(path):
        print(f'{path} is no file')
        return 1
    sha1 = compute_sha1(path)
    for file in files:
        if file.sha1 == sha1:
            return _place(path, file, path)
    for file in files:
        if not file.is_edition and file.name == os.path.basename(path):
            return _place(path, file, path, ' by its name')
    if zipfile.is_zipfile(path) and _add_members(path, files):
        return 0
    print(f'{path} is none of the files with a known digest: its SHA-1 is '
          f'{sha1}. python -m d2l data lists them')
    return 1


def _add_members(path, files):
    """Whether a zip file holds needed files; they are put in place."""
    found = False
    with tempfile.TemporaryDirectory() as folder:
        try:
            inner = archives.extract_zipped(
                path, {file.name for file in files}, folder)
        except ValueError as error:
            print(error)
            return False
        for name, member in inner.items():
            sha1 = compute_sha1(member)
            for file in files:
                if file.sha1 == sha1:
                    _place(member, file, f'{name} in {path}')
                    found = True
    return found


def _place(path, file, source, how=''):
    """Copy a file to where it is needed, and say so; the exit status."""
    target = os.path.abspath(os.path.join(file.folder, file.name))
    if not (os.path.exists(target) and os.path.samefile(path, target)):
        place(path, target)
    print(f'{source} is {file.name}{how}: now at {target}')
    return 0


def main(arguments):
    """`python -m d2l data [add FILE...]`; returns the exit status."""
    if not arguments:
        print('Places beginning with ../data are seen from '
              f'{os.getcwd()}.\n')
        for file in needed_files():
            print(describe(file))
        return 0
    command, *paths = arguments
    if command == 'add' and paths:
        return add(paths)
    print('expected python -m d2l data, or python -m d2l data add FILE..., '
          'but got: ' + ' '.join(arguments))
    return 2
