"""Profiles: MXNet's profiler says what it does not see; PyTorch's sees it."""
import mxnet as mx
import pytest
import torch
from mxnet import nd


def test_the_profiler_says_that_it_does_not_see_a_gpu(tmp_path):
    mx.profiler.set_config(profile_all=True, aggregate_stats=True,
                           filename=str(tmp_path / 'profile.json'))
    with pytest.warns(UserWarning, match='torch.profiler') as record:
        mx.profiler.set_state('run')
    assert record[0].filename == __file__
    try:
        nd.exp(nd.ones(2)).wait_to_read()
        nd.sin(nd.ones(2, ctx=mx.gpu(0))).wait_to_read()
    finally:
        mx.profiler.set_state('stop')
    table = mx.profiler.dumps(reset=True)
    assert '\nexp ' in table and '\nsin ' not in table


@pytest.mark.filterwarnings('ignore:.*Profiler clears events')
def test_the_profiler_of_pytorch_sees_it():
    with torch.profiler.profile() as profile:
        nd.sin(nd.ones(2, ctx=mx.gpu(0))).wait_to_read()
    assert 'aten::sin' in {event.key for event in profile.key_averages()}


def test_features_are_those_of_the_build():
    assert not mx.runtime.Features().is_enabled('CUDA')
    assert mx.util.get_gpu_count() == mx.context.num_gpus()
    free, total = mx.util.get_gpu_memory(0)
    assert 0 < free < total
