// Taking over a manifest that changed while it is served.
#pragma once

#include "manifest/manifest.h"
#include "routing/router.h"

namespace stoa::routing {

// Brings each namespace whose `config` table changed a STOA_EVENT_CONFIG, on its home worker, and
// logs what came of it: a plugin that answers with an error keeps the old one, and so does one that
// does not handle the event. Whatever else differs from `running`, the manifest that the router was
// made of, waits for a restart, and the log says so. Any thread; returns before plugins answer.
void reconfigure(Router& router, const manifest::Manifest& running,
                 const manifest::Manifest& wanted);

}  // namespace stoa::routing
