"""A plugin exports its entry, once, and has no symbols that the loader makes one per process."""

import pathlib
import subprocess
import sys
import unittest

PLUGINS = [pathlib.Path(name) for name in sys.argv[1:]]


def lines_of(*command):
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.splitlines()


class Exports(unittest.TestCase):
    def test_there_is_something_to_look_at(self):
        self.assertTrue(PLUGINS)

    def test_only_the_entry_is_exported(self):
        for plugin in PLUGINS:
            with self.subTest(plugin.name):
                exported = lines_of("nm", "-D", "--defined-only", plugin)
                self.assertEqual([line.split()[-1] for line in exported], ["stoa_plugin_entry"])

    def test_no_symbol_is_unique_per_process(self):
        for plugin in PLUGINS:
            with self.subTest(plugin.name):
                symbols = lines_of("readelf", "--symbols", "--wide", plugin)
                self.assertEqual([line for line in symbols if " UNIQUE " in line], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
