// What passes between two versions of a plugin, as the C++ layer brings it to handlers and back.
#include <gtest/gtest.h>

#include "row.h"
#include "session.h"

namespace stoa::testing {
namespace {

// The events of the host, about member 5 unless it is about the namespace as a whole.
class Version : public Session {
 public:
  using Session::Session;

  std::string test_itself() { return deliver({.kind = STOA_EVENT_SELF_TEST, .connection = 0}); }
  std::string export_member() { return deliver({.kind = STOA_EVENT_EXPORT}); }
  std::string export_all() { return deliver({.kind = STOA_EVENT_EXPORT, .connection = 0}); }
  std::string exported() { return deliver({.kind = STOA_EVENT_EXPORTED, .reply = 0}); }
  std::string exported_all() {
    return deliver({.kind = STOA_EVENT_EXPORTED, .connection = 0, .reply = 0});
  }
  std::string import_member(uint64_t schema, const std::string& body) {
    return deliver({.kind = STOA_EVENT_IMPORT, .body = body, .cookie = schema});
  }
  std::string import_all(uint64_t schema, const std::string& body) {
    return deliver({.kind = STOA_EVENT_IMPORT, .body = body, .connection = 0, .cookie = schema});
  }
  std::string judge() { return deliver({.kind = STOA_EVENT_JUDGE}); }
  std::string attach(const std::string& body) {
    return deliver({.kind = STOA_EVENT_ATTACH, .body = body});
  }
};

TEST(SelfTest, ThatFindsNothingIsContent) {
  EXPECT_EQ(Version(STOA_HANDOVER).test_itself(), "");
}

TEST(SelfTest, AnErrorIsItsText) {
  EXPECT_EQ(Version(STOA_HANDOVER, R"({"self_test": "error"})").test_itself(),
            "answer 7: error 'the disk is full'");
}

TEST(SelfTest, AnExceptionIsAnErrorThatTheOperatorReads) {
  EXPECT_EQ(Version(STOA_HANDOVER, R"({"self_test": "throw"})").test_itself(),
            "log 4: a handler failed event=self-test reason=no disk at all\n"
            "answer 7: error 'no disk at all'");
}

TEST(SelfTest, MayAnswerLater) {
  Version plugin(STOA_HANDOVER, R"({"self_test": "later"})");
  EXPECT_EQ(plugin.test_itself(), "answer 7: error 'it took a while'");
  EXPECT_EQ(plugin.returned(), STOA_PENDING);
}

TEST(Export, OfAMemberIsAValueWithItsSchema) {
  Version plugin(STOA_HANDOVER);
  plugin.import_member(1, R"({"name":"ada","said":3})");
  EXPECT_EQ(plugin.export_member(), R"(answer 7: reply '{"name":"ada","said":3}' code 2)");
  EXPECT_EQ(plugin.message("known"), R"(answer 7: reply '[[5,{"name":"ada","said":3}]]')")
      << "it is forgotten only when it was taken";
}

TEST(Export, OfTheNamespaceHasItsOwnHandler) {
  EXPECT_EQ(Version(STOA_HANDOVER).export_all(), "answer 7: reply 'weather' code 3");
}

TEST(Export, OfBytesTakesThemAsTheyAre) {
  EXPECT_EQ(Version(STOA_HANDOVER, R"({"export": "bytes"})").export_member(),
            "answer 7: reply '\xff' code 7");
}

TEST(Export, OfNothingIsContent) {
  Version plugin(STOA_HANDOVER, R"({"export": "nothing"})");
  EXPECT_EQ(plugin.export_member(), "");
  EXPECT_EQ(plugin.returned(), STOA_OK);
}

TEST(Export, MayBeRefused) {
  EXPECT_EQ(Version(STOA_HANDOVER, R"({"export": "error"})").export_member(),
            "answer 7: error 'busy'");
}

TEST(Export, AnExceptionIsAnErrorAndAReasonForTheLog) {
  EXPECT_EQ(Version(STOA_HANDOVER, R"({"export": "throw"})").export_member(),
            "log 4: a handler failed event=export reason=secret\n"
            "answer 7: error 'handler failed'");
}

TEST(Export, AReplyWithoutASchemaIsAFailure) {
  EXPECT_EQ(Version(STOA_HANDOVER, R"({"export": "reply"})").export_member(),
            "log 4: a handler failed event=export reason=it exported a reply without a schema: let "
            "it return a stoa::State\n"
            "answer 7: error 'handler failed'");
}

TEST(Export, MayComeLater) {
  Version plugin(STOA_HANDOVER, R"({"export": "later"})");
  EXPECT_EQ(plugin.export_member(), "");
  EXPECT_EQ(plugin.returned(), STOA_PENDING);
  EXPECT_EQ(plugin.deliver({.event = "answer", .body = R"({"name":"ada","said":3})", .reply = 8}),
            R"(answer 7: reply '{"name":"ada","said":3}' code 1)");
}

TEST(Exported, AMemberIsForgottenAndTheNamespaceBesides) {
  Version plugin(STOA_HANDOVER);
  plugin.import_member(0, "");
  EXPECT_EQ(plugin.exported(), "");
  EXPECT_EQ(plugin.message("known"), "answer 7: reply '[]'");
  EXPECT_EQ(plugin.message("topic"), "answer 7: reply 'weather'");
  EXPECT_EQ(plugin.exported_all(), "");
  EXPECT_EQ(plugin.message("topic"), "answer 7: reply ''");
}

TEST(Import, OfAMemberIsReadByItsSchema) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.import_member(2, R"({"name":"ada","said":3})"), "");
  EXPECT_EQ(plugin.message("known"), R"(answer 7: reply '[[5,{"name":"ada","said":3}]]')");
  EXPECT_EQ(plugin.import_member(3, "?"), "answer 7: error 'I know schemas up to 2.'");
}

TEST(Import, OfAMemberOfWhichNothingWasExportedHasSchemaZero) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.import_member(0, ""), "");
  EXPECT_EQ(plugin.message("known"), R"(answer 7: reply '[[5,{"name":"new","said":0}]]')");
}

TEST(Import, OfWhatIsNoSuchValueIsAnInvalidPayload) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.import_member(2, R"({"name":"ada","said":1.5})"),
            "answer 7: error 'invalid payload: said: 1.5 does not fit'");
  EXPECT_EQ(plugin.message("known"), "answer 7: reply '[]'");
}

TEST(Import, OfTheNamespaceHasItsOwnHandler) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.import_all(3, "sports"), "");
  EXPECT_EQ(plugin.message("topic"), "answer 7: reply 'sports'");
  EXPECT_EQ(plugin.message("known"), "answer 7: reply '[]'");
}

TEST(Judging, AnErrorIsForTheMember) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.judge(), "");
  plugin.host.facts[std::to_string(STOA_FACT_USER)] = {"mallory"};
  EXPECT_EQ(plugin.judge(), "answer 7: error 'no longer welcome'");
}

TEST(Attaching, GivesRoomsAndStore) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.attach(row({{STOA_ATTACHED_ROOM, "lobby", ""},
                               {STOA_ATTACHED_ROOM, "kitchen", ""},
                               {STOA_ATTACHED_VALUE, "name", "ada"},
                               {STOA_ATTACHED_KEY, "photo", ""}})),
            "");
  EXPECT_EQ(plugin.message("known"),
            R"(answer 7: reply '[[5,{"name":"ada lobby kitchen without photo","said":2}]]')");
}

TEST(Attaching, MayHaveNothingToGive) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.attach(""), "");
  EXPECT_EQ(plugin.message("known"), R"(answer 7: reply '[[5,{"name":"nobody","said":0}]]')");
}

TEST(Attaching, SkipsWhatANewerHostSays) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.attach(row({{99, "name", "eve"}, {STOA_ATTACHED_VALUE, "name", "ada"}})), "");
  EXPECT_EQ(plugin.message("known"), R"(answer 7: reply '[[5,{"name":"ada","said":0}]]')");
}

TEST(Attaching, OfWhatIsNoRowIsAnInvalidPayload) {
  Version plugin(STOA_HANDOVER);
  EXPECT_EQ(plugin.attach("lobby"),
            "answer 7: error 'invalid payload: no row of rooms and values'");
  EXPECT_EQ(plugin.message("known"), "answer 7: reply '[]'");
}

TEST(TakingMembersOnly, RefusesTheNamespacesStateAndExportsNone) {
  Version plugin(STOA_TAKES_MEMBERS);
  EXPECT_EQ(plugin.import_member(1, "x"), "log 2: a member");
  EXPECT_EQ(plugin.import_all(0, ""), "") << "there is none";
  EXPECT_EQ(plugin.import_all(1, "x"),
            "answer 7: error 'This version does not take over the namespace's state: it has no "
            "on.import_all().'");
  EXPECT_EQ(plugin.returned(), STOA_OK);
  EXPECT_EQ(plugin.export_member(), "answer 7: reply 'a member' code 1");
  EXPECT_EQ(plugin.export_all(), "");
  EXPECT_EQ(plugin.exported_all(), "");
  EXPECT_EQ(plugin.exported(), "log 2: a member");
}

constexpr const char* kNoMembers =
    "answer 7: error 'This version does not take over members: it has no on.import_member().'";

TEST(TakingTheNamespaceOnly, RefusesWhatWasExportedOfMembers) {
  Version plugin(STOA_TAKES_NAMESPACE);
  EXPECT_EQ(plugin.import_all(1, "x"), "log 2: the namespace");
  EXPECT_EQ(plugin.import_member(0, ""), "") << "nothing is lost";
  EXPECT_EQ(plugin.import_member(1, "x"), kNoMembers);
  EXPECT_EQ(plugin.export_all(), "answer 7: reply 'the namespace' code 1");
  EXPECT_EQ(plugin.export_member(), "");
  EXPECT_EQ(plugin.exported(), "");
  EXPECT_EQ(plugin.exported_all(), "log 2: the namespace");
}

TEST(TakingTheNamespaceOnly, RefusesEveryMemberIfItFollowsWhoComesAndGoes) {
  Version plugin(STOA_TAKES_NAMESPACE_AND_FOLLOWS);
  EXPECT_EQ(plugin.import_all(1, "x"), "log 2: the namespace");
  EXPECT_EQ(plugin.import_member(0, ""), kNoMembers);
}

// Of every_call, which has one and handles nothing of these.
TEST(Wildcard, GetsNothingThatPassesBetweenVersions) {
  Version plugin(STOA_EVERY_CALL);
  EXPECT_NE(plugin.deliver({.kind = STOA_EVENT_CONNECTED, .reply = 0}), "");
  for (uint32_t kind = STOA_EVENT_SELF_TEST; kind <= STOA_EVENT_ATTACH; ++kind) {
    EXPECT_EQ(plugin.deliver({.kind = kind, .connection = 0}), "") << kind;
    if (kind == STOA_EVENT_IMPORT) continue;
    EXPECT_EQ(plugin.deliver({.kind = kind}), "") << kind;
  }
  EXPECT_EQ(plugin.import_member(0, ""), kNoMembers);
}

// Two versions in one process, as a server has them.
TEST(TwoVersions, PassAMemberOnWithWhatIsKnownOfIt) {
  Version one(STOA_MOVER_1);
  Version two(STOA_MOVER_2);
  EXPECT_EQ(one.message("version"), "answer 7: reply '1.0.0'");
  EXPECT_EQ(two.message("version"), "answer 7: reply '2.0.0'");
  one.message("count");
  one.message("seq", "1");
  const std::string known = R"({"count":1,"seq":1})";
  EXPECT_EQ(one.export_member(), "answer 7: reply '" + known + "' code 1");
  EXPECT_EQ(two.import_member(1, known), "log 2: imported  schema 1");
  EXPECT_EQ(one.exported(), "log 2: exported ");
  EXPECT_EQ(two.message("count"), "answer 7: reply '2'");
  EXPECT_EQ(two.message("seq", "2"), "answer 7: reply '2'");
  EXPECT_EQ(two.message("seq", "4"), "answer 7: error '4 after 2'");
  EXPECT_EQ(one.message("count"), "answer 7: reply '1'") << "it was not forgotten";
}

TEST(TwoVersions, ShareNoStatics) {
  Version one(STOA_MOVER_1);
  Version two(STOA_MOVER_2);
  EXPECT_EQ(one.message("statics"), "answer 7: reply '1 1 1'");
  EXPECT_EQ(one.message("statics"), "answer 7: reply '2 2 2'");
  EXPECT_EQ(two.message("statics"), "answer 7: reply '1 1 1'");
}

TEST(TwoVersions, MayExportFromAThread) {
  Version one(STOA_MOVER_1, R"({"slow_export_ms": 1})");
  const std::string meanwhile = one.export_member();
  EXPECT_EQ(one.returned(), STOA_PENDING);
  EXPECT_EQ(meanwhile + one.end(), R"(answer 7: reply '{"count":0,"seq":0}' code 1)");
}

TEST(Descriptor, NamesTheKindOnceForBothItsVariants) {
  constexpr uint64_t kBetweenVersions =
      STOA_HANDLES(STOA_EVENT_SELF_TEST) | STOA_HANDLES(STOA_EVENT_EXPORT) |
      STOA_HANDLES(STOA_EVENT_EXPORTED) | STOA_HANDLES(STOA_EVENT_IMPORT) |
      STOA_HANDLES(STOA_EVENT_JUDGE) | STOA_HANDLES(STOA_EVENT_ATTACH);
  constexpr uint64_t kHandover = STOA_HANDLES(STOA_EVENT_EXPORT) |
                                 STOA_HANDLES(STOA_EVENT_EXPORTED) |
                                 STOA_HANDLES(STOA_EVENT_IMPORT);
  EXPECT_EQ(load(STOA_HANDOVER)->handles & kBetweenVersions, kBetweenVersions);
  EXPECT_EQ(load(STOA_TAKES_MEMBERS)->handles & kBetweenVersions, kHandover);
  EXPECT_EQ(load(STOA_TAKES_NAMESPACE)->handles & kBetweenVersions, kHandover);
  EXPECT_EQ(load(STOA_ECHO)->handles & kBetweenVersions, 0u);
}

}  // namespace
}  // namespace stoa::testing
