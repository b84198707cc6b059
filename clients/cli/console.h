#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace voisin::client {
class Client;
struct Options;
}  // namespace voisin::client

namespace voisin::cli {

// Where a command reads and writes: the process's own streams, or a test's.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
  size_t width = 0;       // columns of a terminal behind `out`; 0: lines are not cut
  std::string address;    // of the server when no flag says otherwise; empty: the default
  std::string hub;        // URL where models come from; empty: the default
  std::string hub_token;  // bearer token for it; empty: none
};

using Connector = std::function<std::unique_ptr<client::Client>(const std::string& address,
                                                                const client::Options& options)>;

// What every command gets besides its own options.
struct Context {
  Console& console;
  Connector connect;
};

}  // namespace voisin::cli
