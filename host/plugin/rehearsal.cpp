#include "plugin/rehearsal.h"

#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "plugin/child.h"
#include "plugin/inert_host.h"
#include "plugin/instance.h"
#include "plugin/library.h"
#include "plugin/probe.h"

namespace stoa::plugin {

namespace {

using nlohmann::json;

// What the plugin answers to its self-test. The child has one thread and one question.
struct Answer {
  bool given = false;
  bool refused = false;
  std::string text;
};
Answer answer_given;

constexpr stoa_reply kQuestion = 1;

int32_t keep_answer(const stoa_host*, stoa_reply token, const stoa_answer* answer) {
  if (token != kQuestion || !answer || answer_given.given) return STOA_ERR_STALE;
  answer_given.given = true;
  answer_given.refused = answer->kind == STOA_ANSWER_ERROR || answer->kind == STOA_ANSWER_CLOSE;
  if (answer->body.data) answer_given.text.assign(answer->body.data, answer->body.size);
  return STOA_OK;
}

void test(Instance& instance) {
  if (!instance.library().interests().handles(STOA_EVENT_SELF_TEST)) return;
  stoa_event event{};
  event.struct_size = sizeof event;
  event.kind = STOA_EVENT_SELF_TEST;
  event.by = STOA_BY_HOST;
  event.reply = kQuestion;
  const int32_t result = instance.handle(event);
  if (result == STOA_PENDING && !answer_given.given) {
    throw std::runtime_error("its self-test did not answer at once");
  }
  if (result < 0 && !answer_given.given) {
    throw std::runtime_error("its self-test returned " + std::to_string(result));
  }
  if (answer_given.refused) throw std::runtime_error("its self-test failed: " + answer_given.text);
}

std::string try_out(const Rehearsal& rehearsal) {
  static stoa_host host = inert_host();
  host.answer = keep_answer;
  const auto library = Library::of_copy(rehearsal.library);
  Instance instance(library, *rehearsal.ns, rehearsal.config_json, host);
  test(instance);
  return {};
}

Complaint complaint_of(const ChildResult& result, std::chrono::milliseconds deadline) {
  const std::string said = result.said.empty() ? "" : ", saying \"" + result.said + "\"";
  switch (result.end) {
    case ChildResult::End::kThrew:
      return {result.text, "correct the plugin or its config"};
    case ChildResult::End::kHung:
      return {"did not start within " + std::to_string(deadline.count()) + " ms" + said,
              "let create() and its self-test not wait for what may not come"};
    default:
      return {"ended the process when it was started (" + result.text + ")" + said,
              "create() and a self-test can report what is wrong"};
  }
}

}  // namespace

std::vector<std::string> rehearsal_arguments(const Rehearsal& rehearsal) {
  json request{{"library", rehearsal.library.string()}, {"config", rehearsal.config_json}};
  if (rehearsal.ns) request["namespace"] = *rehearsal.ns;
  return {std::string(kRehearse), request.dump()};
}

std::optional<Complaint> rehearse(const Rehearsal& rehearsal, std::chrono::milliseconds deadline,
                                  const std::atomic<bool>* given_up) {
  const ChildResult result = run_program(rehearsal_arguments(rehearsal), deadline, given_up);
  if (result.end == ChildResult::End::kReturned) return std::nullopt;
  return complaint_of(result, deadline);
}

void be_rehearsed(const std::string& request) {
  run_as_program([&] {
    const json asked = json::parse(request);
    Rehearsal rehearsal{.library = asked.at("library").get<std::string>(),
                        .ns = {},
                        .config_json = asked.at("config").get<std::string>()};
    if (asked.contains("namespace")) rehearsal.ns = asked["namespace"].get<std::string>();
    return rehearsal.ns ? try_out(rehearsal) : probe_here(rehearsal.library);
  });
}

}  // namespace stoa::plugin
