// Notifications: what it is told goes to one of its members, the next one each time.
#include <cstddef>
#include <stoa/plugin.hpp>
#include <vector>

class Herald : public stoa::Plugin {
 public:
  using Plugin::Plugin;

  static void handlers(stoa::Handlers<Herald>& on) {
    on.connected([](Herald& self, stoa::Member who) { self.members_.push_back(who); });
    on("tell", &Herald::tell);
  }

 private:
  void tell(stoa::Message msg) { members_[next_++ % members_.size()].emit("notice", msg); }

  std::vector<stoa::Member> members_;  // all of whom stay
  std::size_t next_ = 0;
};

STOA_PLUGIN(Herald, "herald", "1.0.0")
