#include "wire/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace stoa::wire {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, TakesTheFirstAndLastCharacterOfEachLength) {
  for (const auto text :
       {""sv, "\0"sv, "\x7f"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv,
        "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesWhatOnlyLooksLikeIt) {
  for (const auto text : {
           "\x80"sv,              // a continuation alone
           "\xC0\x80"sv,          // overlong
           "\xC1\xBF"sv,          // overlong
           "\xE0\x9F\xBF"sv,      // overlong
           "\xF0\x8F\xBF\xBF"sv,  // overlong
           "\xED\xA0\x80"sv,      // a surrogate
           "\xED\xBF\xBF"sv,      // a surrogate
           "\xF4\x90\x80\x80"sv,  // beyond U+10FFFF
           "\xF5\x80\x80\x80"sv,  // beyond U+10FFFF
           "\xFF"sv,              // in no character
           "\xC2"sv,              // cut
           "\xE2\x82"sv,          // cut
           "\xF0\x9F\x98"sv,      // cut
           "\xC2\x41"sv,          // continued wrongly
           "\xE2\x82\x41"sv,      // continued wrongly
           "\xF0\x9F\x98\xC0"sv,  // continued wrongly
       }) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, FindsABadByteWhereverItStands) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      EXPECT_TRUE(is_utf8(text));
      text[at] = '\xFF';
      EXPECT_FALSE(is_utf8(text)) << size << ' ' << at;
    }
  }
}

TEST(Utf8, IsCutAtTheEndOfACharacter) {
  EXPECT_EQ(cut_utf8("aé", 0), "");
  EXPECT_EQ(cut_utf8("aé", 1), "a");
  EXPECT_EQ(cut_utf8("aé", 2), "a");
  EXPECT_EQ(cut_utf8("aé", 3), "aé");
  EXPECT_EQ(cut_utf8("aé", 100), "aé");
  EXPECT_EQ(cut_utf8("😀😀", 7), "😀");
}

TEST(Utf8, IsCutBeforeWhatIsNotUtf8) {
  EXPECT_EQ(cut_utf8("good\xFF more", 100), "good");
  EXPECT_EQ(cut_utf8("\x80\x80\x80", 2), "");
}

}  // namespace
}  // namespace stoa::wire
