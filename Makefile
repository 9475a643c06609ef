# Everything happens in VENV, made with PYTHON; nothing needs root or a GPU.
VENV ?= .venv
ifndef PYTHON
PYTHON := $(shell sh tools/pythons.sh | sed -n '1s/^[^ ]* //p')
endif
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Which MXNet: cpu, cu112 (MXNet's CUDA build) or gpu (the CPU build, and PyTorch
# for the GPU). By default what fits the machine: tools/choose_extra.py.
EXTRA ?=
# What make test-gpu installs; a build of PyTorch for the CPU is enough.
TORCH ?= torch==2.13.0
# The versions that `make matrix` covers, of those found on this machine.
VERSIONS ?= 3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15

# A folder that make wheelhouse filled: nothing comes from the network.
ifdef WHEELHOUSE
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(abspath $(WHEELHOUSE))
endif

.PHONY: help run test quick fuzz matrix test-gpu test-cuda test-colab test-arm64 \
    bench lab book handout browser-test dist wheelhouse test-image clean

help:
	@echo 'make run     execute the chapters and print what they print'
	@echo '             (FULL=1: long chapters in full without a GPU; takes hours)'
	@echo 'make lab     open copies of the chapters, in my-chapters, in JupyterLab'
	@echo '             (LAB_ARGS=... are arguments for jupyter lab)'
	@echo 'make test    lint, test the package and the chapters'
	@echo 'make quick   the quick tests of the package only'
	@echo 'make fuzz    call the functions with random arguments, 5,000 times'
	@echo 'make matrix  make quick on every Python 3.8-3.15 found, and tests/compat'
	@echo '             with the oldest and the newest NumPy and IPython'
	@echo 'make test-gpu  test gpu(i) by PyTorch; the CPU stands in for two GPUs'
	@echo '             (PyTorch from the index: 200 MB, or several GB with CUDA;'
	@echo '             D2L_GPU=torch:2 in the environment: on your GPU, posing as two)'
	@echo 'make test-cuda  import the CUDA build and its libraries, without a GPU'
	@echo '             (2 GB to download, 4 GB on disk in build/venv-cuda; needs gcc)'
	@echo 'make test-colab  install d2l into a running kernel with the packages of'
	@echo '             Colab (100 MB to download; needs Python 3.12), and train there'
	@echo 'make test-image  build the image of the Containerfile and run LeNet in it,'
	@echo "             without a container engine (from Debian's packages; needs root)"
	@echo 'make test-arm64  test MXNet for aarch64, under QEMU (Debian or Ubuntu;'
	@echo '             300 MB to download, 600 MB in build/arm64; some minutes)'
	@echo 'make bench   measure d2l beside the book, beside PyTorch (if it is there:'
	@echo '             .venv/bin/pip install torch) and beside other programs; takes'
	@echo '             an hour and a half'
	@echo 'make book    make a site of the chapters, as make run executed them, in'
	@echo '             build/book (Python 3.11 or newer); BASE_URL=https://... is'
	@echo '             where it will be served: adds a sitemap, a page for wrong'
	@echo '             addresses and a picture for links that are shared'
	@echo 'make handout write the chapters without outputs and solutions, for a'
	@echo '             class, to build/handout'
	@echo 'make browser-test  use the chapters in JupyterLab, and read the book, with'
	@echo '             Chromium; screenshots in build/screenshots'
	@echo 'make wheelhouse  put all packages into build/wheelhouse; without network,'
	@echo '             make WHEELHOUSE=folder ... installs from a copy of it'
	@echo 'make dist    build what is released, in dist, and check it (twine)'
	@echo 'make clean   remove what these made'
	@echo 'Each makes $(VENV) first, unless it is there; PYTHON=... chooses the'
	@echo 'interpreter for it, EXTRA=cpu, cu112 or gpu what computes (docs/installing.md).'

run: $(READY)
	@$(BIN)/python tools/run_chapters.py

lab: $(READY)
	@$(BIN)/python tools/lab.py $(LAB_ARGS)

handout: $(READY)
	@$(BIN)/python tools/handout.py

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest
	$(BIN)/python tools/check_chapters.py

quick: $(READY)
	$(BIN)/python -m pytest -q -m 'not slow'

fuzz: $(READY)
	D2L_FUZZ_CASES=5000 $(BIN)/python -m pytest -q tests/fuzz

matrix:
	@VERSIONS='$(VERSIONS)' sh tools/matrix.sh

test-gpu: build/venv-gpu/torch
	D2L_GPU=$${D2L_GPU:-stand-in:2} \
	    build/venv-gpu/bin/python -m pytest -q tests/gpu

build/venv-gpu/torch: setup.py
	@$(MAKE) --no-print-directory build/venv-gpu/ready VENV=build/venv-gpu \
	    EXTRA=cpu
	@echo 'Installing $(TORCH) ...'
	@build/venv-gpu/bin/python -m pip install --quiet \
	    --disable-pip-version-check '$(TORCH)' || { \
	    echo 'make test-gpu needs a Python that $(TORCH) has wheels for. Name' \
	    'one: make test-gpu PYTHON=/path/to/python3; or another PyTorch:' \
	    'make test-gpu TORCH=torch'; exit 1; }
	@touch $@

test-cuda:
	@command -v gcc > /dev/null || { \
	    echo 'make test-cuda builds a stand-in for the driver: install gcc'; exit 1; }
	@$(MAKE) --no-print-directory build/venv-cuda/ready VENV=build/venv-cuda \
	    EXTRA=cu112
	@build/venv-cuda/bin/python tools/test_cuda.py

# What Colab's kernels had in 2025 beside Python 3.12.
COLAB := ipython==7.34.0 'ipykernel<7' jupyter_client numpy==2.0.2 \
    pandas==2.2.2 matplotlib==3.10.0 graphviz==0.21 requests==2.32.4 tqdm

test-colab:
	@python=$$(sh tools/pythons.sh | sed -n 's/^3\.12 //p'); \
	test -n "$$python" || { \
	    echo 'make test-colab needs Python 3.12, as Colab has it'; exit 1; }; \
	echo "Making build/venv-colab with $$python ..."; \
	"$$python" -m venv --clear build/venv-colab
	@build/venv-colab/bin/python -m pip install --quiet \
	    --disable-pip-version-check $(COLAB)
	@build/venv-colab/bin/python tools/test_colab.py

test-image:
	@sh tools/test_image.sh

# What is installed, MXNet too, and setuptools, with which pip builds d2l.
wheelhouse: $(READY)
	@mkdir -p build/wheelhouse
	@$(BIN)/python -m pip freeze --all --exclude-editable \
	    > build/wheelhouse/installed.txt
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps \
	    --wheel-dir build/wheelhouse -r build/wheelhouse/installed.txt
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps \
	    --wheel-dir build/wheelhouse 'setuptools>=64'
	@echo 'Copy build/wheelhouse to a machine with the same system and Python.' \
	    'There: make WHEELHOUSE=/path/to/wheelhouse run'

# The Debian release whose Python it is.
SUITE ?= trixie

test-arm64: $(READY)
	@$(BIN)/python tools/test_arm64.py $(SUITE)

bench: $(READY)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.crowd

# Sphinx without MXNet: the chapters have been executed.
book: build/venv-book/ready
	@build/venv-book/bin/python tools/book.py

build/venv-book/ready: setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'make book needs Python 3.11 or newer; $(PYTHON) is older.' \
	    'Name one: make book PYTHON=/path/to/python3'; exit 1; }
	@echo 'Making build/venv-book with $(PYTHON) ...'
	@$(PYTHON) -m venv --clear build/venv-book
	@PYTHONWARNINGS=ignore build/venv-book/bin/python -m pip install --quiet \
	    --disable-pip-version-check -e ".[book]"
	@touch $@

# Playwright's own browsers are not downloaded; CHROMIUM=... names another.
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || \
    command -v google-chrome)

browser-test: $(READY)
	@command -v '$(CHROMIUM)' > /dev/null || { echo 'make browser-test needs Chromium, which' \
	    'was not found. On Debian: apt install chromium;' \
	    'or name it: make browser-test CHROMIUM=/path/to/chromium'; exit 1; }
	@$(MAKE) --no-print-directory book build/venv-browser/ready \
	    BASE_URL=https://example.org/d2l/
	@CHROMIUM='$(CHROMIUM)' JUPYTER='$(abspath $(BIN))/jupyter' \
	    build/venv-browser/bin/python -m pytest -p no:cacheprovider \
	    --confcutdir=tests/browser tests/browser

build/venv-browser/ready: setup.py
	@echo 'Making build/venv-browser with $(PYTHON) ...'
	@$(PYTHON) -m venv --clear build/venv-browser
	@PYTHONWARNINGS=ignore build/venv-browser/bin/python -m pip install \
	    --quiet --disable-pip-version-check -e ".[browser]"
	@touch $@

dist: build/venv-dist/ready
	@rm -rf dist
	@build/venv-dist/bin/python -m build --outdir dist .
	@build/venv-dist/bin/python -m twine check --strict dist/*

build/venv-dist/ready: setup.py
	@echo 'Making build/venv-dist with $(PYTHON) ...'
	@$(PYTHON) -m venv --clear build/venv-dist
	@build/venv-dist/bin/python -m pip install --quiet \
	    --disable-pip-version-check build twine
	@touch $@

clean:
	rm -rf $(VENV) build dist d2l_gluon.egg-info

# On Python 3.13 and newer pip refuses MXNet because its metadata requires
# numpy<2, which has no wheels there; d2l installs MXNet's dependencies. Pip is
# upgraded because Python 3.8's takes many minutes to resolve Jupyter.
# PYTHONWARNINGS: setuptools explains at length what editable means.
$(READY): setup.py pyproject.toml d2l_mxnet.pth Makefile
	@test -n '$(PYTHON)' || { echo 'No Python 3.8 or newer was found on the PATH.' \
	    'Install one, or name it: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 8))' || { \
	    echo '$(PYTHON) is older than Python 3.8.' \
	    'Name a newer one: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 16))' || \
	    echo '$(PYTHON) is newer than Python 3.15, the newest that was' \
	    'tested; trying it. To name another: make PYTHON=/path/to/python3'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo '$(PYTHON) lacks the venv module. On Debian and Ubuntu:' \
	    'apt install python3-venv; or name another: make PYTHON=/path/to/python3'; exit 1; }
	@test '$(EXTRA)' != cu112 || test "$$(uname -m)" = x86_64 || { \
	    echo "MXNet's CUDA build is for x86-64, and this is $$(uname -m)." \
	    'Use EXTRA=gpu, with PyTorch for the GPU, or EXTRA=cpu'; exit 1; }
	@test -z '$(WHEELHOUSE)' || ls '$(WHEELHOUSE)'/numpy-*-$$($(PYTHON) -c \
	    'import sys; print("cp%d%d" % sys.version_info[:2])')-* \
	    > /dev/null 2>&1 || { \
	    echo '$(WHEELHOUSE) has no packages for the version of $(PYTHON).' \
	    'WHEELHOUSE must be the folder that make wheelhouse filled with the' \
	    'same version; to name another: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) tools/check_system.py
	@echo 'Making $(VENV) with $(PYTHON) ...'
	@$(PYTHON) -m venv --clear $(VENV)
	@extra=$(EXTRA); \
	if test -z "$$extra"; then \
	    extra=$$($(PYTHON) tools/choose_extra.py); \
	fi; \
	case $$extra in \
	    cpu) mxnet=mxnet; with= ;; \
	    gpu) mxnet=mxnet; with=' PyTorch,' ;; \
	    *) mxnet=mxnet-$$extra; with= ;; \
	esac; \
	echo "Installing $$mxnet,$$with Jupyter and d2l ..."; \
	set -e; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --upgrade pip; \
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet \
	    --disable-pip-version-check -e ".[$$extra,notebook,test]"; \
	if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	        --no-deps $$mxnet==1.9.1; \
	fi
	@touch $(READY)
	@$(BIN)/python tools/check_system.py
