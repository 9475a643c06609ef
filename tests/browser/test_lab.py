"""Readers run the chapters in JupyterLab, restart them, and stop them."""
import os
import pathlib
import re
import zipfile

import pytest
from conftest import SITE
from lab import TOKEN, VERSIONS, Notebook, serve, server

EPOCH = re.compile(r'epoch (\d), loss \d\.\d{4}, train acc \d\.\d{3}, '
                   r'test acc (\d\.\d{3}), time \d+\.\d sec')
# Time limits in seconds, for two cores that are busy otherwise, too
IN_FULL = 900       # LeNet; 40 on an idle machine
REHEARSAL = 1800    # AlexNet; 150


@pytest.fixture(scope='module')
def lab(tmp_path_factory):
    with server(tmp_path_factory.mktemp('lab')) as address:
        yield address


@pytest.fixture(scope='module')
def rehearsing_lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp('rehearsing')
    with server(folder, D2L_MAX_BATCHES='4') as address:
        yield address


def check_run(notebook):
    """Check the outputs of a run of all cells; returns the accuracies."""
    text = notebook.output()
    assert 'conv0 output shape' in text     # not conv2: a fresh kernel
    assert 'Traceback' not in text
    assert [number for number, _ in EPOCH.findall(text)] == list('12345')
    assert notebook.prompts() == notebook.run
    images = notebook.cells.locator('.jp-RenderedImage img, .jp-RenderedSVG')
    assert images.count() == notebook.pictures > 0
    return [float(accuracy) for _, accuracy in EPOCH.findall(text)]


def test_lenet_in_full_twice(lab, new_page, shot):
    page, watch = new_page(height=1400)
    notebook = Notebook(page, lab, 'lenet.ipynb')
    notebook.run_all()
    notebook.wait(IN_FULL)
    assert check_run(notebook)[-1] > 0.5
    notebook.show('epoch 5, loss')
    shot(page, 'lab-lenet')

    notebook.restart_and_run_all()
    notebook.wait(IN_FULL)
    assert check_run(notebook)[-1] > 0.5
    assert watch.foreign == []


def test_stop_button_in_the_middle_of_training(lab, new_page, shot):
    page, _ = new_page(height=1400)
    notebook = Notebook(page, lab, 'lenet.ipynb')
    notebook.restart_and_run_all()
    notebook.wait_for_text(EPOCH, IN_FULL)
    notebook.stop()
    notebook.wait_for_text('KeyboardInterrupt: training was interrupted '
                           'between two batches', 60)
    notebook.show('KeyboardInterrupt: training')
    shot(page, 'lab-stopped')
    epochs = [number for number, _ in EPOCH.findall(notebook.output())]
    assert epochs[0] == '1' and len(epochs) < 5
    # the kernel is alive and has its imports: the last cell, unfolded, runs
    assert VERSIONS not in notebook.output()
    notebook.cells.last.locator('.jp-Placeholder-content').click()
    notebook.menu('Run', re.compile(r'^Run Selected Cell\W*Shift'))
    notebook.wait_for_text(VERSIONS, 60)
    assert '[*]:' not in notebook.prompts()


def test_alexnet_in_full_says_how_long_it_takes(lab, new_page, shot):
    page, _ = new_page(height=1400)
    notebook = Notebook(page, lab, 'alexnet.ipynb')
    notebook.run_all()
    notebook.wait_for_text(re.compile('At this speed, the training takes '
                                      r'about \d+\.\d hours'), IN_FULL)
    notebook.wait_for_text(re.compile(r'epoch 1, .*loss.*images/s.* left'),
                           60)
    notebook.show('At this speed')
    shot(page, 'lab-alexnet-announced')
    notebook.stop()
    notebook.wait_for_text('KeyboardInterrupt: training was', IN_FULL)
    assert 'Traceback' not in notebook.output()


def test_download_of_the_book_opens_copies_with_links(
        tmp_path, new_page, shot):
    with zipfile.ZipFile(str(SITE / 'd2l-chapters.zip')) as bundle:
        bundle.extractall(str(tmp_path))
    folder = tmp_path / 'd2l-chapters'
    python = pathlib.Path(os.environ['JUPYTER']).parent / 'python'
    page, _ = new_page()
    with serve(tmp_path, [str(python), str(folder / 'tools' / 'lab.py')]
               ) as address:
        page.goto('%slab/tree/my-chapters/index.ipynb?token=%s'
                  % (address, TOKEN))
        page.get_by_text('Python 3 (ipykernel) | Idle').wait_for()
        shot(page, 'lab-index')
        page.locator('.jp-Notebook a', has_text='(LeNet)').click()
        page.get_by_role('tab', name='lenet.ipynb').wait_for()
    assert (folder / 'my-chapters' / 'lenet.ipynb').exists()


def test_alexnet_in_rehearsal_twice(rehearsing_lab, new_page, shot):
    page, watch = new_page(height=1400)
    notebook = Notebook(page, rehearsing_lab, 'alexnet.ipynb')
    notebook.run_all()
    notebook.wait(REHEARSAL)
    check_run(notebook)
    assert 'D2L_MAX_BATCHES=4: only a rehearsal.' in notebook.output()
    notebook.show('epoch 5, loss')
    shot(page, 'lab-alexnet')

    notebook.restart_and_run_all()
    notebook.wait(REHEARSAL)
    check_run(notebook)
    assert watch.foreign == []
