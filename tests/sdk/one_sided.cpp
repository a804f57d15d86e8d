// Plugins for tests that take over one kind of state and not the other: TAKES_ says which.
#include <stoa/plugin.hpp>

class OneSided : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<OneSided>& on) {
#ifdef TAKES_MEMBERS
    on.export_member([] { return stoa::State(1, "a member"); });
    on.exported([](OneSided& self) { self.log().info("a member"); });
    on.import_member([](OneSided& self) { self.log().info("a member"); });
#else
    on.export_all([] { return stoa::State(1, "the namespace"); });
    on.exported_all([](OneSided& self) { self.log().info("the namespace"); });
    on.import_all([](OneSided& self) { self.log().info("the namespace"); });
#endif
#ifdef TAKES_NAMESPACE_AND_FOLLOWS
    on.connected([]{});
#endif
  }
};

STOA_PLUGIN(OneSided, "one_sided", "1.0.0")
