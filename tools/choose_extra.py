"""Print the extra that fits this machine: cpu, cu112 or gpu.

    python tools/choose_extra.py

Called by the Makefile before anything is installed.
"""
import os
import pathlib
import platform
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from d2l.compat import gpus, nvidia  # noqa: E402


def choose(gpus, has_kernels, has_nvidia_driver, has_amd_driver, machine):
    """MXNet's CUDA build if it has kernels for all GPUs, else PyTorch."""
    if machine != 'x86_64':     # the CUDA build is for x86-64 only
        return ('gpu' if gpus or has_nvidia_driver or has_amd_driver
                else 'cpu')
    if not gpus:
        return ('cu112' if has_nvidia_driver else
                'gpu' if has_amd_driver else 'cpu')
    return 'cu112' if all(map(has_kernels, gpus)) else 'gpu'


def main():
    print(choose(nvidia.installed_gpus(), nvidia.has_kernels,
                 nvidia.driver_cuda_version() is not None,
                 os.path.exists(gpus.AMD_DRIVER), platform.machine()))
    return 0


if __name__ == '__main__':
    sys.exit(main())
