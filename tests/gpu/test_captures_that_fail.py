"""What torch is like after a capture that failed.

Without a GPU: what torch's CUDAGraph.cpp, CUDAGeneratorImpl.cpp and
CUDACachingAllocator.cpp do of it (2.4 to 2.11) stands here in Python.
"""
import contextlib
import gc
import types

import pytest
import torch

from d2l.gpu import cuda_graphs


class Generator:
    def __init__(self):
        self.state = types.SimpleNamespace(is_capturing=False)

    def clone_state(self):
        return Generator()

    def graphsafe_set_state(self, other):
        self.state = other.state


class Cuda:
    """The part of torch.cuda that captures."""

    def __init__(self):
        self.generator, self.pools = Generator(), iter(range(100))
        self.underway, self.uses = [], {}
        self.is_invalid = False     # since somebody waited in a capture

    def require_drawing(self, state):
        if state.is_capturing:
            raise RuntimeError('Offset increment outside graph capture '
                               'encountered unexpectedly.')

    def empty_cache(self):
        if self.underway:
            raise RuntimeError('captures_underway.empty() INTERNAL ASSERT '
                               'FAILED')

    def end_pool(self, device, pool):
        if pool not in self.underway:
            raise RuntimeError('not currently recording to mempool_id')
        self.underway.remove(pool)

    def release_pool(self, device, pool):
        self.uses[pool] -= 1
        assert self.uses[pool] >= 0


def make_graph_class(cuda):
    class CUDAGraph:
        has_ended = False

        def capture_begin(self, pool=None, capture_error_mode='global'):
            self.pool = next(cuda.pools) if pool is None else pool
            self.state = cuda.generator.state
            self.state.is_capturing = True
            cuda.underway.append(self.pool)
            cuda.uses[self.pool] = cuda.uses.get(self.pool, 0) + 1

        def capture_end(self):
            if cuda.is_invalid:
                cuda.is_invalid = False
                raise RuntimeError('CUDA error: operation failed due to a '
                                   'previous error during capture')
            cuda.end_pool(0, self.pool)
            self.has_ended, self.state.is_capturing = True, False

        def replay(self):
            cuda.require_drawing(self.state)

        def __del__(self):
            if self.has_ended:
                cuda.release_pool(0, self.pool)
    return CUDAGraph


@contextlib.contextmanager
def capture(graph, pool, stream, capture_error_mode):
    graph.capture_begin(pool, capture_error_mode)
    try:
        yield
    finally:
        graph.capture_end()


@pytest.fixture
def cuda(monkeypatch):
    cuda = Cuda()
    stream = types.SimpleNamespace(wait_stream=lambda other: None)
    for name, stand_in in dict(
            Stream=lambda device: stream, current_stream=lambda device: stream,
            stream=contextlib.nullcontext, graph=capture,
            CUDAGraph=make_graph_class(cuda), empty_cache=cuda.empty_cache,
            graph_pool_handle=lambda: next(cuda.pools),
            memory_reserved=lambda device: 0).items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(torch._C, '_cuda_endAllocateToPool', cuda.end_pool,
                        raising=False)
    monkeypatch.setattr(torch._C, '_cuda_releasePool', cuda.release_pool,
                        raising=False)
    monkeypatch.setattr(cuda_graphs, 'generator', lambda: cuda.generator)
    return cuda


def fail(cuda, error, is_invalid):
    """A capture that fails; `is_invalid`: CUDA refuses to end it."""
    def function():
        cuda.is_invalid = is_invalid
        raise error

    with pytest.raises(error):
        cuda_graphs.Recorder(0).record(function)
    gc.collect()


FAILURES = pytest.mark.parametrize('error, is_invalid', [
    (RuntimeError, False), (RuntimeError, True), (KeyboardInterrupt, False)])


@FAILURES
def test_older_graphs_are_launched_and_draw_as_the_generator_does(
        cuda, error, is_invalid):
    launch, _ = cuda_graphs.Recorder(0).record(list)
    state = cuda.generator.state
    fail(cuda, error, is_invalid)
    assert cuda.generator.state is state    # that of the older graph
    cuda.require_drawing(state)
    launch()


@FAILURES
def test_memory_can_be_freed(cuda, error, is_invalid):
    fail(cuda, error, is_invalid)
    torch.cuda.empty_cache()
    assert cuda.uses and not any(cuda.uses.values())
    cuda_graphs.Recorder(0).record(list)


def test_the_generator_draws_even_where_the_allocator_is_another(
        cuda, monkeypatch):
    """As it would be if torch had other names for it."""
    monkeypatch.delattr(torch._C, '_cuda_endAllocateToPool')
    monkeypatch.delattr(torch._C, '_cuda_endAllocateCurrentStreamToPool',
                        raising=False)
    fail(cuda, RuntimeError, True)
    cuda.require_drawing(cuda.generator.state)


def test_the_generator_draws_even_where_nothing_is_captured_any_more(
        cuda, monkeypatch):
    def fail_again(self, **kwargs):
        raise RuntimeError('CUDA error: out of memory')

    monkeypatch.setattr(cuda_graphs.Recorder, '_end_what_failed', fail_again)
    fail(cuda, RuntimeError, True)
    cuda.require_drawing(cuda.generator.state)
