"""The package's name until January 2019: `import gluonbook as gb`.

Its last version, 0.8.10, has the functions of `d2lzh`.
"""
import sys

import d2lzh

sys.modules[__name__] = sys.modules[__name__ + '.utils'] = d2lzh
