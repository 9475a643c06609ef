"""The part of each batch that one of several processes computes."""
import mxnet as mx


def part_bounds(n, rank, num_workers):
    """Where a worker's part of n examples begins and ends.

    The parts of all workers make up the batch; their sizes differ by one
    example at most.
    """
    return n * rank // num_workers, n * (rank + 1) // num_workers


def beside_net(data_iter, ctxs):
    """A loader that can make its batches on the device of the net does so.

    It has a method `on_device(ctx)`, as `d2l.loader.ImageLoader` has. With
    several devices, the first makes the batches.
    """
    if (hasattr(data_iter, 'on_device')
            and all(ctx.device_type == 'gpu' for ctx in ctxs)):
        return data_iter.on_device(ctxs[0])
    return data_iter


def iterate_parts(data_iter, rank=0, num_workers=1):
    """Cut each batch for one worker.

    A loader that can make just one part has a method
    `iterate_parts(rank, num_workers)`, as `d2l.loader.ImageLoader` has.

    Yields
    ------
    n : int
        Examples of the batch, of all workers together.
    part : tuple or None
        `X` and `y` of this worker's part; None if it has no example. A
        single worker gets the batch unchanged.
    """
    if num_workers > 1 and hasattr(data_iter, 'iterate_parts'):
        yield from data_iter.iterate_parts(rank, num_workers)
        return
    for batch in data_iter:
        X, y = examples(batch)
        if num_workers == 1:
            yield len(X), (X, y)
            continue
        start, stop = part_bounds(len(X), rank, num_workers)
        yield len(X), (X[start:stop], y[start:stop]) if start < stop else None


def examples(batch):
    """`X` and `y` of a batch, of any kind that MXNet's loaders yield."""
    if isinstance(batch, mx.io.DataBatch):
        return batch.data[0], batch.label[0]
    try:
        # an array's rows are no X and y, nor are the keys of a dict
        if isinstance(batch, (mx.nd.NDArray, dict)):
            raise TypeError
        X, y = batch
    except (TypeError, ValueError):
        what = type(batch).__name__
        if hasattr(batch, 'shape'):
            what += ' of shape %s' % (batch.shape,)
        elif hasattr(batch, '__len__'):
            what += ' of %d elements' % len(batch)
        raise TypeError(
            'a data iterator must yield batches X, y, examples and labels, '
            'but yielded a %s: of two NDArrays X, y make it by gluon.data.'
            'DataLoader(gluon.data.ArrayDataset(X, y), batch_size, '
            'shuffle=True)' % what) from None
    return X, y
