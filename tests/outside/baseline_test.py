"""The ABI may grow, and only grow: today's headers against the stored baseline.

Whether the comparison finds what it is for is tried here as well, on copies of the headers with one
change each.
"""

import pathlib
import shutil
import sys
import tempfile
import unittest

SDK = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(SDK / "baseline"))
sys.dont_write_bytecode = True
import compare  # noqa: E402  (found by the line above)

if not shutil.which("abidiff"):
    print("skipped: abidiff is not installed")
    sys.exit(77)

BASELINES = sorted((SDK / "baseline").glob("stoa-abi-*.xml"))


def breaks_after(header, *changes):
    """What is found wrong with the headers after each (old, new) of `changes` in `header`."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SDK / "include/stoa", folder + "/stoa")
        path = pathlib.Path(folder, "stoa", header)
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, f"{header} has not one {old!r}"
            text = text.replace(old, new)
        path.write_text(text)
        return compare.breaks(compare.report(BASELINES[-1], folder))


AT_THE_END = ("  stoa_bytes body;\n} stoa_event;", "  stoa_bytes body;\n  uint64_t more;\n} stoa_event;")


class Headers(unittest.TestCase):
    def test_keep_to_every_baseline(self):
        self.assertTrue(BASELINES)
        for baseline in BASELINES:
            with self.subTest(baseline.name):
                self.assertEqual(compare.breaks(compare.report(baseline, SDK / "include")), [])

    def test_may_grow_at_the_end_of_a_struct(self):
        self.assertEqual(breaks_after("plugin.h", AT_THE_END), [])

    def test_may_grow_by_a_host_function(self):
        more = ("} stoa_host;", "  int32_t (*more)(void);\n} stoa_host;")
        self.assertEqual(breaks_after("host.h", more), [])

    def assert_found(self, header, *changes):
        self.assertNotEqual(breaks_after(header, *changes), [])

    def test_a_member_in_the_middle_is_found(self):
        self.assert_found("plugin.h", ("  uint64_t cookie;", "  uint64_t more;\n  uint64_t cookie;"))

    def test_another_type_of_the_same_size_is_found(self):
        self.assert_found("plugin.h", ("  int32_t status;", "  uint32_t status;"))

    def test_another_type_is_found_beside_an_addition_at_the_end(self):
        self.assert_found("plugin.h", AT_THE_END, ("  int32_t status;", "  uint32_t status;"))

    def test_two_members_that_change_places_are_found(self):
        self.assert_found("host.h", ("  stoa_bytes key;\n  stoa_bytes value;",
                                     "  stoa_bytes value;\n  stoa_bytes key;"))

    def test_another_parameter_of_a_host_function_is_found(self):
        self.assert_found("host.h", ("(*post)(const struct stoa_host* host, uint64_t cookie)",
                                     "(*post)(const struct stoa_host* host, uint32_t cookie)"))

    def test_a_host_function_that_is_gone_is_found(self):
        self.assert_found("host.h", ("  uint64_t (*wall_ns)(const struct stoa_host* host);", ""))

    def test_growth_of_a_struct_that_may_not_grow_is_found(self):
        self.assert_found("host.h", ("  stoa_bytes value;\n} stoa_field;",
                                     "  stoa_bytes value;\n  uint64_t more;\n} stoa_field;"))

    def test_another_value_of_a_constant_is_found(self):
        self.assert_found("plugin.h", ("#define STOA_EVENT_TIMER 13u", "#define STOA_EVENT_TIMER 23u"))

    def test_a_result_with_another_value_is_found(self):
        self.assert_found("base.h", ("#define STOA_ERR_STALE (-2)", "#define STOA_ERR_STALE (-12)"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
