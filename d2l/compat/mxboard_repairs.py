"""Repairs of mxboard 0.1.0, which writes what TensorBoard shows.

Protobuf's compiler generated some of its modules. They create each descriptor
by a call that protobuf 4 refuses. They also hold all descriptors as bytes;
newer generated modules create them from these.
"""
import ast
import functools

from .repairs import after


@after('mxboard.summary')
def summarize_numbers(module):
    """NumPy 2.4 removed float(x) of the arrays that mxboard makes of numbers.
    """
    import numpy
    scalar_summary = module.scalar_summary

    @functools.wraps(scalar_summary)
    def wrapped(tag, scalar):
        return scalar_summary(tag, numpy.squeeze(numpy.asarray(scalar)))

    module.scalar_summary = wrapped


def execute_generated(module, source):
    """Execute a generated module up to the bytes, and make its messages."""
    from google.protobuf.internal import builder
    tree = ast.parse(source)
    number, = (i for i, node in enumerate(tree.body)
               if isinstance(node, ast.Assign)
               and getattr(node.targets[0], 'id', '') == 'DESCRIPTOR')
    tree.body[number].value.func = ast.copy_location(
        ast.Name('_add_file', ast.Load()), tree.body[number])
    del tree.body[number + 1:]
    names = vars(module)
    names['_add_file'] = _add_file
    exec(compile(tree, module.__file__, 'exec'), names)
    builder.BuildMessageAndEnumDescriptors(names['DESCRIPTOR'], names)
    builder.BuildTopDescriptorsAndMessages(
        names['DESCRIPTOR'], module.__name__, names)


def _add_file(serialized_pb, **kwargs):
    return _pool().AddSerializedFile(serialized_pb)


@functools.lru_cache(maxsize=None)
def _pool():
    """A pool of their own: TensorBoard's messages have the same names."""
    from google.protobuf import descriptor_pool
    return descriptor_pool.DescriptorPool()
