#!/bin/sh
# Run, on each Python in $VERSIONS that this machine has, the quick tests with
# the packages that pip chooses, then the tests of d2l.compat with the oldest
# and the newest NumPy and IPython that install there (unless pip chose those).
set -e
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONWARNINGS=ignore

oldest_numpy() {    # the first release with a wheel for that Python
    case $1 in
        3.8) echo 1.17.3 ;; 3.9) echo 1.19.3 ;; 3.10) echo 1.21.2 ;;
        3.11) echo 1.23.2 ;; 3.12) echo 1.26.0 ;; 3.13) echo 2.1.0 ;;
        3.14) echo 2.3.2 ;; *) echo 2.5.3 ;;
    esac
}

print_versions() {  # environment
    "$1/bin/python" -c '
import numpy, IPython
print("NumPy %s, IPython %s" % (numpy.__version__, IPython.__version__))'
}

test_compat() {     # version, interpreter, name, requirements ...
    version=$1
    venv=build/venv-$1-$3
    if [ ! -e "$venv/ready" ] || [ setup.py -nt "$venv/ready" ] \
            || [ d2l_mxnet.pth -nt "$venv/ready" ]; then
        "$2" -m venv --clear "$venv"
        shift 3
        "$venv/bin/pip" install --quiet --upgrade pip
        "$venv/bin/pip" install --quiet --only-binary numpy,matplotlib \
            -e . pytest hypothesis "$@"
        # separately, since MXNet's metadata asks for numpy<2
        "$venv/bin/pip" install --quiet --no-deps mxnet==1.9.1
        touch "$venv/ready"
    fi
    these=$(print_versions "$venv")
    echo "== Python $version, $these"
    if [ "$these" = "$(print_versions "build/venv-$version")" ]; then
        echo 'pip chose the same versions: tested above'
        return
    fi
    unset PYTHONWARNINGS
    "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/compat
    export PYTHONWARNINGS=ignore
}

found=$(sh tools/pythons.sh)
echo "$found" | while read -r version python; do
    case " ${VERSIONS:-3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15} " in
        *" $version "*) ;; *) continue ;;
    esac
    echo "== Python $version with the packages that pip chooses"
    make --no-print-directory quick VENV="build/venv-$version" \
        PYTHON="$python" < /dev/null
    test_compat "$version" "$python" oldest "numpy==$(oldest_numpy "$version")" \
        ipython==7.23.1 matplotlib-inline==0.1.6 < /dev/null
    test_compat "$version" "$python" newest numpy ipython onnx < /dev/null
done
