// The host's log.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "../detail/link.hpp"
#include "body.hpp"

namespace stoa {

// A named value beside the text of a log line. A string is text, any other value JSON.
struct Field {
  Field(std::string_view name, const Body& content) : key(name), value(content.bytes()) {}

  std::string_view key;
  std::string value;
};

// Writes lines under the plugin's name: log().warn("too many", {{"room", room}, {"count", 17}}).
// Lines are cut at 8 KiB. A small handle. Any thread.
class Log {
 public:
  using Fields = std::initializer_list<Field>;

  explicit Log(detail::Link& link) : link_(&link) {}

  void trace(std::string_view text, Fields fields = {}) const {
    write(STOA_LOG_TRACE, text, fields);
  }
  void debug(std::string_view text, Fields fields = {}) const {
    write(STOA_LOG_DEBUG, text, fields);
  }
  void info(std::string_view text, Fields fields = {}) const { write(STOA_LOG_INFO, text, fields); }
  void warn(std::string_view text, Fields fields = {}) const { write(STOA_LOG_WARN, text, fields); }
  void error(std::string_view text, Fields fields = {}) const {
    write(STOA_LOG_ERROR, text, fields);
  }

 private:
  void write(uint32_t level, std::string_view text, Fields fields) const {
    std::vector<stoa_field> raw;
    raw.reserve(fields.size());
    for (const Field& field : fields) {
      raw.push_back({detail::bytes(field.key), detail::bytes(field.value)});
    }
    (void)link_->call(&stoa_host::log, level, detail::bytes(text), raw.data(), raw.size());
  }

  detail::Link* link_;
};

}  // namespace stoa
