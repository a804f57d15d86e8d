// What C plugins read of the body of STOA_EVENT_ATTACH.
#include "stoa/attached.h"

#include <gtest/gtest.h>

#include <memory>

#include "row.h"

namespace stoa::testing {
namespace {

std::string text(stoa_bytes bytes) {
  return {bytes.data, static_cast<std::size_t>(bytes.size)};
}

struct Read {
  std::vector<Item> items;
  int32_t end;
};

// From memory that ends with it: whatever reads beyond is found by the sanitizer.
Read read(const std::string& body) {
  const auto exact = std::make_unique<char[]>(body.size());
  body.copy(exact.get(), body.size());
  stoa_bytes rest{exact.get(), body.size()};
  Read all{};
  stoa_attached item{};
  while ((all.end = stoa_attached_next(&rest, &item)) > 0) {
    all.items.push_back({item.kind, text(item.key), text(item.value)});
  }
  return all;
}

const std::vector<Item> kItems = {{STOA_ATTACHED_ROOM, "lobby", ""},
                                  {STOA_ATTACHED_VALUE, "name", std::string("\0\xff", 2)},
                                  {STOA_ATTACHED_VALUE, "large", std::string(70'000, 'x')},
                                  {STOA_ATTACHED_KEY, "largest", ""},
                                  {0xffffffff, "k", "v"}};

TEST(AttachedNext, GivesEachItemInItsOrder) {
  const Read all = read(row(kItems));
  EXPECT_EQ(all.end, STOA_OK);
  ASSERT_EQ(all.items.size(), kItems.size());
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    EXPECT_EQ(all.items[i].kind, kItems[i].kind);
    EXPECT_EQ(all.items[i].key, kItems[i].key);
    EXPECT_EQ(all.items[i].value, kItems[i].value);
  }
}

TEST(AttachedNext, IsAtTheEndOfNothing) {
  stoa_bytes nothing{};
  stoa_attached item{};
  EXPECT_EQ(stoa_attached_next(&nothing, &item), STOA_OK);
  EXPECT_EQ(stoa_attached_next(&nothing, &item), STOA_OK);
}

TEST(AttachedNext, RefusesWhateverWasCutOff) {
  const std::vector<Item> items = {kItems[0], kItems[1]};
  const std::string body = row(items);
  const std::size_t first = row({kItems[0]}).size();
  for (std::size_t size = 1; size < body.size(); ++size) {
    if (size == first) continue;
    const Read cut = read(body.substr(0, size));
    EXPECT_EQ(cut.end, STOA_ERR_INVALID) << size;
    EXPECT_EQ(cut.items.size(), size < first ? 0u : 1u) << size;
  }
}

TEST(AttachedNext, RefusesSizesThatAreTooLarge) {
  for (const std::size_t at : {4u, 8u}) {
    std::string body = row({kItems[1]});
    for (std::size_t i = 0; i < 4; ++i) body[at + i] = '\xff';
    EXPECT_EQ(read(body).end, STOA_ERR_INVALID) << at;
  }
  std::string both = row({kItems[1]});
  for (std::size_t i = 4; i < 12; ++i) both[i] = '\xff';
  EXPECT_EQ(read(both).end, STOA_ERR_INVALID);
}

TEST(AttachedNext, ChangesNothingWhenItRefuses) {
  const std::string body = "short";
  stoa_bytes rest{body.data(), body.size()};
  stoa_attached item{.kind = 7, .reserved = 0, .key = {}, .value = {}};
  EXPECT_EQ(stoa_attached_next(&rest, &item), STOA_ERR_INVALID);
  EXPECT_EQ(rest.data, body.data());
  EXPECT_EQ(rest.size, body.size());
  EXPECT_EQ(item.kind, 7u);
}

}  // namespace
}  // namespace stoa::testing
