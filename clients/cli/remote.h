#pragma once

#include <memory>
#include <optional>
#include <string>

#include "clients/cli/arguments.h"
#include "clients/cli/console.h"
#include "clients/cpp/client.h"

namespace voisin::cli {

// How a command reaches the server; its options are --address, --json, --timeout and --wait.
struct Remote {
  std::string address;  // empty: the console's, else the default
  bool json = false;
  double timeout = 5;  // of each call, in seconds
  double wait = 0;     // for the server to be ready, in seconds
};

void AddRemoteOptions(Arguments& command, Remote& remote);

// A client of the server; an error when --wait passed in vain.
absl::StatusOr<std::unique_ptr<client::Client>> Connect(const Remote& remote, const Context& context);

// What the server said, for people: when nobody answered, which address and what to do.
absl::Status Explained(const absl::Status& status, const Remote& remote, const Context& context);

// "collections/x" of "x"; a full name stays.
std::string CollectionName(const std::string& name);

struct NamedElement {
  size_t index = 0;
  std::string message;  // without the place in the request, which says nothing to people
};
// What the message says of `field`[index]: 3 and "vector: ..." of "documents[3].vector: ...".
std::optional<NamedElement> FindElement(std::string_view message, std::string_view field);

// The wire's value of "error", "end" or "start".
v1::Truncation TruncationOf(std::string_view word);

}  // namespace voisin::cli
