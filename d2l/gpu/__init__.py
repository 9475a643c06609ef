"""gpu(i) of the real MXNet, its arrays kept and computed by PyTorch.

MXNet 1.9.1's CUDA build has machine code for GPUs of compute capability 5.0
to 8.9. For all other GPUs this room serves: MXNet's front end, gluon, its
symbols, its registry of operators and its CPU arrays stay as they are, and
arrays on a gpu context are torch tensors.

- `choice` decides what serves `mx.gpu(i)`: MXNet's CUDA build, PyTorch, or
  nothing. It alone is imported before somebody asks for a GPU.
- `seams` puts the two seams in place: `library` stands for MXNet's C
  library (`mxnet.base._LIB`) and answers the calls about arrays on a GPU;
  `invoke` computes operators. `reshape` shortens x.reshape(), `packed` serves
  two functions that MXNet calls in a way of their own.
- `answers` holds these answers, a module for each kind of call.
- `arrays` holds the arrays and their handles, `state` what MXNet keeps for
  each thread and the devices, `compute` runs a function on arrays and records
  it, `gradients` runs backward, `history` keeps what torch does not. `copies`
  copies between CPU and GPUs, `precision` says how exactly GPUs compute,
  `shapes` what the special numbers in a shape mean.
- `registry` reads names and parameters of operators from MXNet; `operators`
  has a function of tensors for each, a module for each family; `fallback`
  computes the others on the CPU, by MXNet itself. `constants` knows which
  arrays they have no gradient for.
- `graph` runs hybridized nets; `capture` turns them into `cuda_graphs`;
  `executors` runs symbols that are bound to arrays (`binding` makes these),
  `functions` gradients written in Python; `stores` sums over several GPUs and
  processes. `errors` tells torch's errors as MXNet's.

The room imports nothing from the rest of d2l. `d2l.compat.gpus` calls it.
"""
