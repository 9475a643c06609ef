"""The book's own code: its data loader and its training loops.

Tests compare the numbers of d2l with it, to the last bit, and benchmarks the
speed. It computes as the book's code does, operation for operation: do not
make it faster or shorter.
"""
from .image_classification import (
    evaluate_accuracy,
    fit,
    load_data_fashion_mnist,
    train,
    train_ch3,
    train_ch5,
)
from .optimization import grad_clipping, sgd, train_ch7
from .recurrent import perplexities_rnn, perplexities_rnn_gluon

__all__ = [
    'evaluate_accuracy', 'fit', 'grad_clipping', 'load_data_fashion_mnist',
    'perplexities_rnn', 'perplexities_rnn_gluon', 'sgd', 'train', 'train_ch3',
    'train_ch5', 'train_ch7',
]
