// Scenes as JSON, to be remembered over a restart. The one door of this room to the JSON library.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rollout/history.h"
#include "rollout/scene.h"

namespace stoa::rollout {

// Without the libraries themselves.
[[nodiscard]] nlohmann::json to_json(const Wanted& ns);
[[nodiscard]] nlohmann::json to_json(const Scene& scene);
[[nodiscard]] nlohmann::json to_json(const Rollout& rollout);

// Throw nlohmann::json::exception, or std::runtime_error, if that is not what to_json() writes.
[[nodiscard]] Wanted wanted_from(const nlohmann::json& json);
[[nodiscard]] Scene scene_from(const nlohmann::json& json);
[[nodiscard]] Rollout rollout_from(const nlohmann::json& json);

}  // namespace stoa::rollout
