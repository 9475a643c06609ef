"""Measure one task on one side, in this process; prints a line of JSON.

    python -m benchmarks.task SIDE TASK NUM_IMAGES
"""
import json
import sys
import time


def measure_import(side):
    """Milliseconds of an import of d2l or of MXNet alone."""
    start = time.perf_counter()
    if side == 'here':
        import d2l  # noqa: F401
    import mxnet
    return {'value': 1e3 * (time.perf_counter() - start),
            'version': mxnet.__version__}


def main(side, task, num_images):
    if task == 'import':
        result = measure_import(side)
    elif side.startswith('torch'):
        from . import torch_side
        result = torch_side.run(side, task, int(num_images))
    else:
        from . import mxnet_side
        result = mxnet_side.run(side, task, int(num_images))
    print(json.dumps(result))


if __name__ == '__main__':
    main(*sys.argv[1:])
