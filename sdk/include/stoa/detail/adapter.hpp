// From the function that a plugin wrote to the one that the table calls: which arguments it wants,
// where they come from, what its return value means. For the layer itself, not for plugins.
#pragma once

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../plugin/attached.hpp"
#include "../plugin/config.hpp"
#include "../plugin/member.hpp"
#include "table.hpp"

namespace stoa::detail {

template <class T, class... Types>
concept OneOf = (std::same_as<T, Types> || ...);

// What a handler may return, by the kind of event it is for: a value that is the reply; only
// whether it is content; what it exports.
struct Replying {
  template <class R>
  static constexpr bool takes = !std::same_as<R, State>;
};
struct Deciding {
  template <class R>
  static constexpr bool takes = std::is_void_v<R> || OneOf<R, Result, Error>;
};
struct Exporting {
  template <class R>
  static constexpr bool takes = std::is_void_v<R> || OneOf<R, State, Result, Error>;
};

// What it can ask for, besides the plugin.
struct Openings : Replying {
  template <class T>
  static constexpr bool gives = OneOf<T, Opening, Connection>;
};
struct Closings : Replying {
  template <class T>
  static constexpr bool gives = OneOf<T, Connection, Closed>;
};
struct Connects : Replying {
  template <class T>
  static constexpr bool gives = OneOf<T, Connection, Event>;
};
struct Changes : Replying {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection, Event>;
};
struct Messages : Replying {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection, Event, Message> || JsonReadable<T>;
};
struct Configurations : Replying {
  template <class T>
  static constexpr bool gives = OneOf<T, Config>;
};
struct SelfTests : Deciding {
  template <class T>
  static constexpr bool gives = OneOf<T, Event>;
};
struct Exports : Exporting {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection, Event>;
};
struct WholeExports : Exporting {
  template <class T>
  static constexpr bool gives = OneOf<T, Event>;
};
struct Handovers : Deciding {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection>;
};
struct WholeHandovers : Deciding {
  template <class T>
  static constexpr bool gives = false;
};
struct Imports : Deciding {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection, Event, State>;
};
struct WholeImports : Deciding {
  template <class T>
  static constexpr bool gives = OneOf<T, Event, State>;
};
struct Judgements : Deciding {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection, Event>;
};

struct Attachments : Deciding {
  template <class T>
  static constexpr bool gives = OneOf<T, Member, Connection, Event, Attached>;
};

// The parameters and the result of a function, a member function or a lambda.
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};

template <class R, class... A>
struct Parts {
  using Return = R;
  using Parameters = std::tuple<A...>*;  // a pointer: only the types are wanted
};

template <class R, class... A>
struct Signature<R (*)(A...)> : Parts<R, A...> {};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Parts<R, A...> {};
template <class R, class C, class... A>
struct Signature<R (C::*)(A...)> : Parts<R, A...> {};
template <class R, class C, class... A>
struct Signature<R (C::*)(A...) const> : Parts<R, A...> {};
template <class R, class C, class... A>
struct Signature<R (C::*)(A...) noexcept> : Parts<R, A...> {};
template <class R, class C, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Parts<R, A...> {};

// One argument, made from the event. References in the handler's parameters refer to it.
template <class T>
T make_argument(Call& call) {
  if constexpr (std::derived_from<T, Connection>) {
    return T(call.link, call.event.connection);
  } else if constexpr (OneOf<T, Event, Message, Closed>) {
    return T(call);
  } else if constexpr (std::same_as<T, Config>) {
    return T(view(call.event.body));
  } else if constexpr (std::same_as<T, Attached>) {
    return T(call.event.body);
  } else if constexpr (std::same_as<T, State>) {
    return T(static_cast<uint32_t>(call.event.cookie), view(call.event.body));
  } else {
    return from_json_text<T>(view(call.event.body));
  }
}

template <class P, class Kind, class T>
auto argument(P& plugin, Call& call) {
  if constexpr (std::same_as<T, P>) {
    return std::ref(plugin);
  } else {
    static_assert(Kind::template gives<T>,
                  "a handler of this kind cannot have this argument: see stoa::Handlers");
    return make_argument<T>(call);
  }
}

// What a handler's return value means.
template <class Kind, class Return, class Run>
Result result_of(Run run) {
  using Value = std::decay_t<Return>;
  static_assert(Kind::template takes<Value>,
                "a handler of this kind cannot return this: see stoa::Handlers");
  if constexpr (std::is_void_v<Return>) {
    run();
    return {};
  } else if constexpr (std::convertible_to<Return, Result>) {
    return run();
  } else {
    static_assert(Text<Value> || JsonWritable<Value>,
                  "a handler returns stoa::Result, text, a value that JSON can say, or nothing");
    return reply(run());
  }
}

template <class P, class Kind, class F, class... A>
Result invoke(F handler, P& plugin, Call& call, std::tuple<A...>*) {
  auto arguments = std::make_tuple(argument<P, Kind, std::remove_cvref_t<A>>(plugin, call)...);
  const auto run = [&](auto&... made) -> decltype(auto) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return (plugin.*handler)(std::forward<A>(made)...);
    } else {
      return handler(std::forward<A>(made)...);
    }
  };
  return result_of<Kind, typename Signature<F>::Return>(
      [&]() -> decltype(auto) { return std::apply(run, arguments); });
}

template <class P, class Kind, class F>
Handler adapt(F handler) {
  static_assert(std::is_pointer_v<F> || std::is_member_function_pointer_v<F> || std::is_empty_v<F>,
                "a handler captures nothing: what is to be remembered is a member of the plugin");
  return [handler](Plugin& plugin, Call& call) {
    return invoke<P, Kind>(handler, static_cast<P&>(plugin), call,
                           typename Signature<F>::Parameters{});
  };
}

}  // namespace stoa::detail
