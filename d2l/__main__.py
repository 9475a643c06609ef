"""`python -m d2l`: what a bug report needs, and what to do next."""
import sys

from .report import main

sys.exit(main())
