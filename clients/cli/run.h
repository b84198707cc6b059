#pragma once

#include "clients/cli/console.h"

namespace voisin::cli {

// The whole command line. Returns the exit status: 0 success; 1 the work could not be done (the reason is on
// `console.err`); 2 wrong use. `connect` makes the clients of commands that talk to a server.
int Run(int argc, const char* const* argv, Console& console, Connector connect);

// As above, with real connections.
int Run(int argc, const char* const* argv, Console& console);

}  // namespace voisin::cli
