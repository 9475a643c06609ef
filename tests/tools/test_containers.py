"""The files with which container engines, editors and Binder make images."""
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_binder_builds_the_same_image():
    """Binder reads no other name, and not every engine follows links."""
    assert (ROOT / '.binder/Dockerfile').read_text() == \
        (ROOT / 'Containerfile').read_text()


def test_the_editor_builds_the_same_image():
    folder = ROOT / '.devcontainer'
    config = json.loads((folder / 'devcontainer.json').read_text())
    build = config['build']
    assert (folder / build['dockerfile']).resolve() == ROOT / 'Containerfile'
    assert (folder / build['context']).resolve() == ROOT
    assert 'ARG NB_USER=%s\n' % config['remoteUser'] in (
        ROOT / 'Containerfile').read_text()
