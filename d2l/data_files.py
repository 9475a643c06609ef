"""`python -m d2l data`: the files of data and weights that the edition needs.

Their hosts are often gone. The command lists each: where it must lie, and
whether it is there and whole; `python -m d2l data add FILE...` recognises
files by their digests and copies them into place.
"""
import collections
import os
import shutil

from . import downloads
from .compat.writing import write_atomically

DataFile = collections.namedtuple('DataFile', 'name sha1 folder chapters')


def needed_files():
    """The files, a DataFile each; `sha1` is None where it is not known."""
    from mxnet import base
    from mxnet.contrib.text import _constants
    from mxnet.gluon.model_zoo import model_store

    from . import detection, files, segmentation, sentiment
    from .gluon_internals import model_sha1
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
    found += _vision_files(os.path.join(home, 'datasets'))
    found += [DataFile(name, None, data, chapters) for name, chapters in (
        [(name, what) for name, (what, _) in files.BOOK_FILES.items()]
        + [('hotdog.zip', 'fine-tuning'),
           ('ptb.zip', 'pretraining of word2vec')])]
    return found


def _vision_files(folder):
    from .gluon_internals import data_set_files

    archive, = data_set_files('CIFAR10')
    return [DataFile(*archive, os.path.join(folder, 'cifar10'),
                     'image augmentation, Kaggle CIFAR-10')] + [
        DataFile(*file, os.path.join(folder, 'mnist'), 'MNIST, for comparison')
        for file in data_set_files('MNIST')]


def describe(file):
    """A line: the state of a file, its name, digest, place and chapters."""
    path = os.path.join(file.folder, file.name)
    if not os.path.isfile(path):
        state = 'missing'
    elif file.sha1 is None:
        state = 'there'
    else:
        state = ('whole' if downloads.compute_sha1(path) == file.sha1
                 else 'damaged')
    size = '%d bytes' % os.path.getsize(path) if state != 'missing' else '-'
    return '%-8s %s\n    %s; SHA-1 %s\n    at %s\n    for %s' % (
        state, file.name, size, file.sha1 or 'not known',
        os.path.abspath(path), file.chapters)


def add(paths):
    """Copy each file to where it is needed; the exit status.

    A file is recognised by its SHA-1, whatever its name is.
    """
    status = 0
    by_sha1 = {file.sha1: file for file in needed_files() if file.sha1}
    for path in paths:
        if not os.path.isfile(path):
            print(f'{path} is no file')
            status = 1
            continue
        sha1 = downloads.compute_sha1(path)
        file = by_sha1.get(sha1)
        if file is None:
            print(f'{path} is none of the files with a known digest: its '
                  f'SHA-1 is {sha1}. python -m d2l data lists them')
            status = 1
            continue
        target = os.path.abspath(os.path.join(file.folder, file.name))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not (os.path.exists(target) and os.path.samefile(path, target)):
            with write_atomically(target) as copy, open(path, 'rb') as source:
                shutil.copyfileobj(source, copy)
        print(f'{path} is {file.name}: now at {target}')
    return status


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
