#include "manifest/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace stoa::manifest {
namespace {

using Json = nlohmann::ordered_json;  // the plugin sees its keys in the order of the file

Json converted(const Value& value, const Place& place);

struct ToJson {
  const Value& value;
  const Place& place;

  Json operator()(const std::string& text) const { return text; }
  Json operator()(int64_t number) const { return number; }
  Json operator()(bool flag) const { return flag; }
  Json operator()(const Moment& moment) const { return moment.text; }
  Json operator()(double number) const {
    if (!std::isfinite(number)) place.refuse(value, "a number that JSON has");
    return number;
  }
  Json operator()(const Array& array) const {
    Json out = Json::array();
    for (std::size_t i = 0; i < array.size(); ++i) {
      out.push_back(converted(array[i], place.item(i)));
    }
    return out;
  }
  Json operator()(const Table& table) const {
    Json out = Json::object();
    for (const Member& member : table) {
      out[member.name] = converted(member.value, place.below(member.name));
    }
    return out;
  }
};

Json converted(const Value& value, const Place& place) {
  return std::visit(ToJson{value, place}, value.data);
}

}  // namespace

std::string to_json(const Table& table, const Place& place) {
  return ToJson{Value{}, place}(table).dump();
}

}  // namespace stoa::manifest
