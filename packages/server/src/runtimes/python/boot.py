"""Starts the helper modules of a live Python in a process of its own. They lie on no path that an import looks at."""

import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

_, cache = sys.argv
helpers = __file__.rpartition("/")[0]


class Loader(SourceFileLoader):
    """Keeps compiled code in a folder of the daemon's: where the sources lie nobody may be able to write."""

    def get_code(self, name):
        theirs, sys.pycache_prefix = sys.pycache_prefix, cache
        try:
            return super().get_code(name)
        finally:
            sys.pycache_prefix = theirs


for folder in (helpers, f"{helpers}/magics"):
    sys.path_importer_cache[folder] = FileFinder(folder, (Loader, SOURCE_SUFFIXES))
package = sys.modules["_daimon"] = type(sys)("_daimon")
package.__path__ = [helpers]

from _daimon.process import main

main()
