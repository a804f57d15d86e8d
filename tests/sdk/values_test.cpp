// The parts of the C++ layer that need no host: errors, bodies, results, configuration, and which
// handlers the compiler accepts.
#include <gtest/gtest.h>

#include <map>
#include <stoa/plugin.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace stoa::testing {
namespace {

struct Point {
  int x = 0;
  int y = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, x, y)

struct Path {
  uint8_t width = 0;
  double scale = 0;
  std::vector<Point> points;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Path, width, scale, points)

struct Opaque {};

static_assert(Text<std::string> && Text<std::string_view> && Text<char[3]> && Text<const char*>);
static_assert(!Text<int> && !Text<Point> && !Text<nlohmann::json>);
static_assert(JsonWritable<Point> && JsonWritable<int> && JsonWritable<std::vector<Point>>);
static_assert(!JsonWritable<std::string> && !JsonWritable<Opaque> && !JsonWritable<Message>);
static_assert(JsonReadable<Point> && JsonReadable<std::string> && !JsonReadable<Opaque>);

static_assert(detail::Changes::gives<Member> && !detail::Changes::gives<Message>);
static_assert(detail::Connects::gives<Connection> && !detail::Connects::gives<Member>);
static_assert(detail::Openings::gives<Opening> && !detail::Openings::gives<Event>);
static_assert(detail::Messages::gives<Point> && !detail::Messages::gives<Opaque>);

// Small handles, to be passed by value.
static_assert(std::is_trivially_copyable_v<Member> && sizeof(Member) <= 2 * sizeof(void*));
static_assert(std::is_trivially_copyable_v<Timer> && std::is_trivially_copyable_v<Store>);

TEST(Errors, AreEqualByTheirText) {
  const std::string came = "message too long";
  constexpr Error kTooLong{"message too long"};
  EXPECT_EQ(Error(came), kTooLong);
  EXPECT_FALSE(Error(came) == kBadRoom);
  EXPECT_EQ(kBadNamespace.text(), "bad namespace");
  EXPECT_EQ(kBadRoom.text(), "bad room");
  EXPECT_EQ(kWriteClosed.text(), "write closed");
  EXPECT_EQ(kInvalidPayload.text(), "invalid payload");
}

TEST(Errors, MayAddADetail) {
  EXPECT_TRUE(Error("invalid payload: no x").is(kInvalidPayload));
  EXPECT_TRUE(kInvalidPayload.is(kInvalidPayload));
  EXPECT_FALSE(Error("invalid payloads").is(kInvalidPayload));
  EXPECT_FALSE(Error("invalid").is(kInvalidPayload));
}

TEST(Bodies, AreTextBytesOrJson) {
  EXPECT_EQ(Body("hi").bytes(), "hi");
  EXPECT_FALSE(Body(std::string("hi")).binary());
  EXPECT_TRUE(Body(Binary("hi")).binary());
  EXPECT_EQ(Body(Point{1, 2}).bytes(), R"({"x":1,"y":2})");
  EXPECT_EQ(Body(true).bytes(), "true");
  EXPECT_EQ(Body(std::map<std::string, int>()).bytes(), "{}");
  EXPECT_EQ(Body().bytes(), "");
}

TEST(Bodies, MendTextThatIsNotUtf8InsideAValue) {
  EXPECT_EQ(Body(std::vector<std::string>{"a\xff"}).bytes(), "[\"a\xef\xbf\xbd\"]");
}

// What a body is refused with, or "" if it is a T.
template <class T>
std::string refused(std::string_view body) {
  try {
    (void)detail::from_json_text<T>(body);
    return "";
  } catch (const PayloadError& error) {
    return error.what();
  }
}

TEST(Bodies, WithNumbersThatDoNotFitAreRefused) {
  EXPECT_EQ(refused<unsigned>("-1"),
            "invalid payload: it must be a whole number of 0..4294967295, but is -1");
  for (const char* body : {"1.7", "1.0", "true", "99999999999", "\"1\"", "null", "1e3"}) {
    EXPECT_NE(refused<unsigned>(body), "") << body;
  }
  EXPECT_NE(refused<bool>("1"), "");
  EXPECT_NE(refused<float>("1e300"), "");
  EXPECT_NE(refused<double>("true"), "");
  EXPECT_NE(refused<std::vector<uint8_t>>("[1, 256]"), "");
  EXPECT_NE((refused<std::map<std::string, int>>(R"({"a": 1.5})")), "");
  EXPECT_EQ((refused<std::map<int, int>>("[[1, 2.5]]")),
            "invalid payload: [0][1]: 2.5 does not fit");
}

TEST(Bodies, WithNumbersThatDoNotFitNameTheField) {
  EXPECT_EQ(refused<Point>(R"({"x": 1.5, "y": 2})"), "invalid payload: x: 1.5 does not fit");
  EXPECT_EQ(refused<Point>(R"({"x": 1, "y": true})"), "invalid payload: y: true does not fit");
  EXPECT_EQ(refused<std::vector<Point>>(R"([{"x": 1, "y": 99999999999}])"),
            "invalid payload: [0].y: 99999999999 does not fit");
  const auto path = [](const std::string& width, const std::string& scale, const std::string& x) {
    return refused<Path>(R"({"width": )" + width + R"(, "scale": )" + scale +
                         R"(, "points": [{"x": 1, "y": 1}, {"x": )" + x + R"(, "y": 1}]})");
  };
  EXPECT_EQ(path("256", "1", "1"), "invalid payload: width: 256 does not fit");
  EXPECT_EQ(path("1", "true", "1"), "invalid payload: type must be number, but is boolean");
  EXPECT_EQ(path("1", "1", "-2147483649"),
            "invalid payload: points[1].x: -2147483649 does not fit");
}

TEST(Bodies, WithNumbersThatFitAreTaken) {
  EXPECT_EQ(refused<uint64_t>("18446744073709551615"), "");
  EXPECT_EQ(refused<int64_t>("-9223372036854775808"), "");
  EXPECT_EQ(refused<float>("0.1"), "");
  EXPECT_EQ(refused<double>("7"), "");
  EXPECT_EQ((refused<std::map<int, int>>("[[1, 2]]")), "");
  EXPECT_EQ(refused<Path>(R"({"width": 255, "scale": 0.1, "points": [{"x": -1, "y": 0}]})"), "");
  EXPECT_EQ(refused<Path>(R"({"width": 1, "scale": 3, "points": [], "unknown": true})"), "");
  EXPECT_EQ(refused<nlohmann::json>(R"({"any": [1.5, true]})"), "");
}

TEST(Bodies, AreNotNestedWithoutEnd) {
  const auto nested = [](size_t deep) { return std::string(deep, '[') + std::string(deep, ']'); };
  EXPECT_EQ(refused<nlohmann::json>(nested(256)), "");
  EXPECT_EQ(refused<nlohmann::json>(nested(500'000)), "invalid payload: nested more than 256 deep");
  EXPECT_EQ(refused<nlohmann::json>(R"(["\"[", ")" + std::string(1'000, '{') + "\"]"), "");
}

TEST(Results, SayOneThing) {
  EXPECT_TRUE(Result().content());
  EXPECT_TRUE(pending().is_pending());
  EXPECT_FALSE(deny("no").accepts());
  const Result closing = close(4000, "bye");
  EXPECT_EQ(closing.raw().kind, STOA_ANSWER_CLOSE);
  EXPECT_EQ(closing.raw().code, 4000u);
  EXPECT_EQ(detail::view(closing.raw().body), "bye");
}

class ConfigTest : public ::testing::Test {
 protected:
  // What get<T>("key") says is wrong, or "" if nothing is.
  template <class T>
  static std::string wrong(const std::string& value) {
    try {
      (void)Config(R"({"key": )" + value + "}").get<T>("key");
      return "";
    } catch (const ConfigError& error) {
      return error.what();
    }
  }
};

TEST_F(ConfigTest, GivesValuesAndFallbacks) {
  const Config config(R"({"size": 3, "name": "ada", "ratio": 2, "list": [1, 2]})");
  EXPECT_EQ(config.get<int>("size"), 3);
  EXPECT_EQ(config.get("name", "bob"), "ada");
  EXPECT_EQ(config.get("nobody", "bob"), "bob");
  EXPECT_EQ(config.get("ratio", 0.5), 2.0);
  EXPECT_EQ(config.get("list", std::vector<int>()), (std::vector<int>{1, 2}));
  EXPECT_FALSE(config.has("nobody"));
  EXPECT_EQ(Config(R"({"x": 1, "y": 2})").as<Point>().y, 2);
}

TEST_F(ConfigTest, SaysWhatIsWantedAndWhatWasFound) {
  EXPECT_EQ(wrong<std::string>("3"), "The config key \"key\" must be text, but is 3.");
  EXPECT_EQ(wrong<bool>("0"), "The config key \"key\" must be true or false, but is 0.");
  EXPECT_EQ(wrong<double>("\"1\""), "The config key \"key\" must be a number, but is \"1\".");
  EXPECT_EQ(wrong<uint8_t>("256"),
            "The config key \"key\" must be a whole number of 0..255, but is 256.");
  EXPECT_EQ(wrong<Point>("{}"), "The config key \"key\" does not fit: key 'x' not found.");
}

TEST_F(ConfigTest, IsStricterThanJsonAboutNumbers) {
  EXPECT_NE(wrong<int>("1.5"), "");
  EXPECT_NE(wrong<int>("true"), "");
  EXPECT_NE(wrong<unsigned>("-1"), "");
  EXPECT_NE(wrong<int64_t>("9223372036854775808"), "");
  EXPECT_EQ(wrong<uint64_t>("9223372036854775808"), "");
  EXPECT_NE(wrong<std::vector<int>>("[1, 1.5]"), "");
  EXPECT_EQ(wrong<Point>(R"({"x": 1, "y": 1.5})"),
            "The config key \"key\" does not fit: y: 1.5 does not fit.");
  EXPECT_THROW((void)Config(R"({"x": true, "y": 1})").as<Point>(), ConfigError);
  using Numbers = std::map<std::string, uint32_t>;
  EXPECT_EQ(Config(R"({"x": 1})").as<Numbers>(), (Numbers{{"x", 1}}));
  EXPECT_THROW((void)Config(R"({"x": -1})").as<Numbers>(), ConfigError);
}

// What only borrows cannot be read into: the compiler says so.
static_assert(JsonReadable<std::string> && !JsonReadable<std::string_view>);

TEST_F(ConfigTest, CutsALongValue) {
  EXPECT_LT(wrong<int>('"' + std::string(10'000, 'x') + '"').size(), 200u);
}

TEST_F(ConfigTest, KnowsOnlyTheKeysItIsTold) {
  const Config config(R"({"size": 3})");
  config.only({"size", "name"});
  EXPECT_THROW(config.only({"sizes"}), ConfigError);
  EXPECT_THROW(config.only({}), ConfigError);
}

struct Tiny : Plugin {
  using Plugin::Plugin;
  static void handlers(Handlers<Tiny>& on) {
    on("one", [] {});
    on("two", &free_function);
    on("three", &Tiny::member_function);
    on("four", &Tiny::constant_function);
    on.concurrent();
  }
  static Result free_function(const Message& msg) { return reply(msg.as<int>() + 1); }
  Result member_function(Member&) { return {}; }
  Error constant_function() const noexcept { return kBadRoom; }
};

TEST(Tables, DescribeWhatTheHandlersSay) {
  const detail::Table* const table = detail::make_table<Tiny>();
  const stoa_plugin_descriptor made = table->describe("tiny", "1.0.0");
  ASSERT_EQ(made.event_count, 4u);
  EXPECT_EQ(detail::view(made.events[3]), "four");
  EXPECT_EQ(made.flags, STOA_PLUGIN_CONCURRENT);
  EXPECT_EQ(made.handles & STOA_HANDLES_ANY, 0u);
  delete table;
}

}  // namespace
}  // namespace stoa::testing
