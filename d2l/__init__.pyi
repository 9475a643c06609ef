"""Types of the public functions, for editors and type checkers.

They stand here, and not beside the code, so that a signature reads as in the
book. tests/test_types.py compares them with the code.
"""
import collections
import math
import os
import random
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Optional, Union

import mxnet as mx
import numpy as np
from IPython import display as display
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from mxnet import autograd, gluon, image
from mxnet import initializer as init
from mxnet import ndarray as nd
from mxnet.contrib import text
from mxnet.gluon import data as gdata
from mxnet.gluon import loss as gloss
from mxnet.gluon import nn, rnn
from mxnet.gluon import utils as gutils

__all__ = [
    'Benchmark', 'History', 'RNNModel', 'Residual', 'VOCSegDataset',
    'VOC_CLASSES', 'VOC_COLORMAP', 'autograd', 'bbox_to_rect', 'collections',
    'corr2d', 'count_tokens', 'data_iter', 'data_iter_consecutive',
    'data_iter_random', 'download_imdb', 'download_voc_pascal',
    'evaluate_accuracy', 'gdata', 'get_data_ch7', 'get_fashion_mnist_labels',
    'get_tokenized_imdb', 'get_vocab_imdb', 'gloss', 'gluon', 'grad_clipping',
    'gutils', 'image', 'init', 'linreg', 'load_data_fashion_mnist',
    'load_data_jay_lyrics', 'load_data_pikachu', 'load_data_time_machine',
    'load_data_timemachine', 'math', 'mkdir_if_not_exist', 'mx', 'nd', 'nn',
    'np', 'os', 'plt', 'predict_rnn', 'predict_rnn_gluon', 'predict_sentiment',
    'preprocess_imdb', 'random', 'read_imdb', 'read_voc_images', 'resnet18',
    'rnn', 'semilogy', 'set_figsize', 'sgd', 'show_bboxes',
    'show_fashion_mnist', 'show_images', 'show_trace_2d', 'squared_loss',
    'sys', 'tarfile', 'text', 'time', 'to_onehot', 'train', 'train_2d',
    'train_and_predict_rnn', 'train_and_predict_rnn_gluon', 'train_ch3',
    'train_ch5', 'train_ch7', 'train_gluon_ch7', 'try_all_gpus', 'try_gpu',
    'use_amp', 'use_svg_display', 'voc_label_indices', 'voc_rand_crop',
    'zipfile',
]

__version__: str
VOC_CLASSES: list[str]
VOC_COLORMAP: list[list[int]]

_Net = Union[gluon.Block, Callable[[nd.NDArray], nd.NDArray]]
_Loss = Callable[[nd.NDArray, nd.NDArray], nd.NDArray]
_Batches = Iterable[Any]    # of (X, y), or the batches of mxnet.io
_Contexts = Union[mx.Context, Sequence[mx.Context]]
_Image = Union[nd.NDArray, np.ndarray]
_Text = tuple[list[int], dict[str, int], list[str], int]
_Reviews = Sequence[Sequence[Any]]  # of a text and its label

# -- classes
class History:
    loss: list[float]
    train_acc: list[float]
    test_acc: list[float]
    seconds: list[float]
    images_per_sec: list[float]
    threads: list[int]
    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def append(self, threads: int = 0, **figures: float) -> None: ...
    def columns(self) -> dict[str, list[float]]: ...
    def replace(self, columns: dict[str, list[float]]) -> None: ...
    def plot(self, live: bool = False) -> None: ...
    def save(self, path: str) -> None: ...
    @classmethod
    def load(cls, path: str) -> 'History': ...

class Benchmark:
    prefix: str
    start: float
    def __init__(self, prefix: Optional[str] = None) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *args: object) -> None: ...

class Residual(nn.HybridBlock):
    def __init__(
        self, num_channels: int, use_1x1conv: bool = False,
        strides: int = 1, **kwargs: Any) -> None: ...
    def hybrid_forward(self, F: Any, X: Any) -> Any: ...

class RNNModel(nn.Block):
    rnn: gluon.Block
    vocab_size: int
    dense: nn.Dense
    def __init__(
        self, rnn_layer: gluon.Block, vocab_size: int, **kwargs: Any,
    ) -> None: ...
    def forward(
        self, inputs: nd.NDArray, state: list[nd.NDArray],
    ) -> tuple[nd.NDArray, list[nd.NDArray]]: ...
    def begin_state(self, *args: Any, **kwargs: Any) -> list[nd.NDArray]: ...

class VOCSegDataset(gluon.data.Dataset):
    data: list[nd.NDArray]
    labels: list[nd.NDArray]
    def __init__(
        self, is_train: bool, crop_size: tuple[int, int], voc_dir: str,
        colormap2label: nd.NDArray) -> None: ...
    def normalize_image(self, data: nd.NDArray) -> nd.NDArray: ...
    def filter(self, images: Iterable[nd.NDArray]) -> list[nd.NDArray]: ...
    def __getitem__(self, idx: int) -> tuple[nd.NDArray, nd.NDArray]: ...
    def __len__(self) -> int: ...

class _ImageLoader:     # d2l.loader.ImageLoader
    images: nd.NDArray
    labels: nd.NDArray
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[tuple[nd.NDArray, nd.NDArray]]: ...

# -- devices and mixed precision
def try_gpu() -> mx.Context: ...
def try_all_gpus() -> list[mx.Context]: ...
def use_amp(dtype: Literal['float16', 'bfloat16', 'tf32']) -> None: ...

# -- training and evaluating classifiers
def evaluate_accuracy(
    data_iter: _Batches, net: _Net,
    ctx: _Contexts = ...) -> float: ...
def train_ch3(
    net: _Net, train_iter: _Batches, test_iter: _Batches, loss: _Loss,
    num_epochs: int, batch_size: int,
    params: Optional[Sequence[nd.NDArray]] = None,
    lr: Optional[float] = None,
    trainer: Optional[gluon.Trainer] = None, *,
    history: Optional[History] = None,
    checkpoint: Optional[str] = None) -> None: ...
def train_ch5(
    net: gluon.Block, train_iter: _Batches, test_iter: _Batches,
    batch_size: int, trainer: gluon.Trainer, ctx: mx.Context,
    num_epochs: int, *, history: Optional[History] = None,
    checkpoint: Optional[str] = None) -> None: ...
def train(
    train_iter: _Batches, test_iter: _Batches, net: gluon.Block,
    loss: _Loss, trainer: gluon.Trainer,
    ctx: _Contexts, num_epochs: int, *,
    history: Optional[History] = None,
    checkpoint: Optional[str] = None) -> None: ...

# -- Fashion-MNIST and the other data sets
def get_fashion_mnist_labels(
    labels: Union[Sequence[int], nd.NDArray, np.ndarray]) -> list[str]: ...
def load_data_fashion_mnist(
    batch_size: int, resize: Union[int, tuple[int, int], None] = None,
    root: str = ...) -> tuple[_ImageLoader, _ImageLoader]: ...
def load_data_pikachu(
    batch_size: int, edge_size: int = 256,
) -> tuple[image.ImageDetIter, image.ImageDetIter]: ...
def download_voc_pascal(data_dir: str = '../data') -> str: ...
def read_voc_images(
    root: str = '../data/VOCdevkit/VOC2012', is_train: bool = True,
) -> tuple[list[nd.NDArray], list[nd.NDArray]]: ...
def voc_label_indices(
    colormap: nd.NDArray, colormap2label: nd.NDArray) -> nd.NDArray: ...
def voc_rand_crop(
    feature: nd.NDArray, label: nd.NDArray, height: int, width: int,
) -> tuple[nd.NDArray, nd.NDArray]: ...
def mkdir_if_not_exist(path: Sequence[str]) -> None: ...

# -- figures
def use_svg_display() -> None: ...
def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None: ...
def semilogy(
    x_vals: Sequence[float], y_vals: Sequence[float], x_label: str,
    y_label: str, x2_vals: Optional[Sequence[float]] = None,
    y2_vals: Optional[Sequence[float]] = None,
    legend: Optional[Sequence[str]] = None,
    figsize: tuple[float, float] = (3.5, 2.5)) -> None: ...
def show_fashion_mnist(
    images: Union[nd.NDArray, Sequence[_Image]],
    labels: Sequence[str]) -> None: ...
def show_images(
    imgs: Union[nd.NDArray, Sequence[_Image]], num_rows: int, num_cols: int,
    scale: float = 2) -> np.ndarray: ...
def bbox_to_rect(
    bbox: Union[Sequence[float], np.ndarray], color: str) -> Rectangle: ...
def show_bboxes(
    axes: Axes, bboxes: Union[_Image, Sequence[_Image]],
    labels: Union[str, Sequence[str], None] = None,
    colors: Union[str, Sequence[str], None] = None) -> None: ...
def show_trace_2d(
    f: Callable[[Any, Any], Any],
    res: Sequence[tuple[float, float]]) -> None: ...

# -- from scratch
def data_iter(
    batch_size: int, features: nd.NDArray, labels: nd.NDArray,
) -> Iterator[tuple[nd.NDArray, nd.NDArray]]: ...
def linreg(
    X: nd.NDArray, w: nd.NDArray, b: nd.NDArray) -> nd.NDArray: ...
def squared_loss(y_hat: nd.NDArray, y: nd.NDArray) -> nd.NDArray: ...
def corr2d(X: nd.NDArray, K: nd.NDArray) -> nd.NDArray: ...
def sgd(
    params: Iterable[nd.NDArray], lr: float, batch_size: int) -> None: ...
def grad_clipping(
    params: Iterable[nd.NDArray], theta: Optional[float],
    ctx: mx.Context) -> None: ...

# -- models
def resnet18(num_classes: int) -> nn.Sequential: ...

# -- texts and recurrent networks
def load_data_time_machine() -> _Text: ...
def load_data_timemachine() -> _Text: ...
def load_data_jay_lyrics() -> _Text: ...
def to_onehot(X: nd.NDArray, size: int) -> list[nd.NDArray]: ...
def data_iter_random(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int,
    ctx: Optional[mx.Context] = None, *, random_offset: bool = True,
) -> Iterator[tuple[nd.NDArray, nd.NDArray]]: ...
def data_iter_consecutive(
    corpus_indices: Sequence[int], batch_size: int, num_steps: int,
    ctx: Optional[mx.Context] = None, *, random_offset: bool = True,
) -> Iterator[tuple[nd.NDArray, nd.NDArray]]: ...
def predict_rnn(
    prefix: str, num_chars: int, rnn: Callable[..., Any],
    params: Sequence[nd.NDArray], init_rnn_state: Callable[..., Any],
    num_hiddens: int, vocab_size: int, ctx: mx.Context,
    idx_to_char: Sequence[str], char_to_idx: dict[str, int]) -> str: ...
def predict_rnn_gluon(
    prefix: str, num_chars: int, model: gluon.Block, vocab_size: int,
    ctx: mx.Context, idx_to_char: Sequence[str],
    char_to_idx: dict[str, int]) -> str: ...
def train_and_predict_rnn(
    rnn: Callable[..., Any], get_params: Callable[[], Sequence[nd.NDArray]],
    init_rnn_state: Callable[..., Any], num_hiddens: int, vocab_size: int,
    ctx: mx.Context, corpus_indices: Sequence[int],
    idx_to_char: Sequence[str], char_to_idx: dict[str, int],
    is_random_iter: bool, num_epochs: int, num_steps: int, lr: float,
    clipping_theta: Optional[float], batch_size: int, pred_period: int,
    pred_len: int, prefixes: Sequence[str], *,
    random_offset: bool = True) -> None: ...
def train_and_predict_rnn_gluon(
    model: gluon.Block, num_hiddens: int, vocab_size: int, ctx: mx.Context,
    corpus_indices: Sequence[int], idx_to_char: Sequence[str],
    char_to_idx: dict[str, int], num_epochs: int, num_steps: int,
    lr: float, clipping_theta: Optional[float], batch_size: int,
    pred_period: int, pred_len: int, prefixes: Sequence[str], *,
    random_offset: bool = True) -> None: ...

# -- reviews
def download_imdb(data_dir: str = '../data') -> None: ...
def read_imdb(
    folder: Literal['train', 'test'] = 'train') -> list[list[Any]]: ...
def get_tokenized_imdb(data: _Reviews) -> list[list[str]]: ...
def get_vocab_imdb(data: _Reviews) -> text.vocab.Vocabulary: ...
def preprocess_imdb(
    data: _Reviews, vocab: text.vocab.Vocabulary,
) -> tuple[nd.NDArray, nd.NDArray]: ...
def count_tokens(
    samples: Iterable[Iterable[str]]) -> collections.Counter[str]: ...
def predict_sentiment(
    net: _Net, vocab: text.vocab.Vocabulary,
    sentence: Sequence[str]) -> Literal['positive', 'negative']: ...

# -- optimisation
def train_2d(
    trainer: Callable[[Any, Any, Any, Any], tuple[Any, Any, Any, Any]],
) -> list[tuple[float, float]]: ...
def get_data_ch7() -> tuple[nd.NDArray, nd.NDArray]: ...
def train_ch7(
    trainer_fn: Callable[..., Any], states: Any, hyperparams: dict[str, Any],
    features: nd.NDArray, labels: nd.NDArray, batch_size: int = 10,
    num_epochs: int = 2) -> None: ...
def train_gluon_ch7(
    trainer_name: Union[str, mx.optimizer.Optimizer],
    trainer_hyperparams: dict[str, Any], features: nd.NDArray,
    labels: nd.NDArray, batch_size: int = 10, num_epochs: int = 2,
) -> None: ...
