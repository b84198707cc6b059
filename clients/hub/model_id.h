#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace voisin::hub {

// Which model of a hub: OWNER/NAME, and a branch, tag or commit of it.
struct ModelId {
  std::string owner;
  std::string name;
  std::string revision = "main";

  std::string repository() const { return owner + "/" + name; }
};

// Of "OWNER/NAME" or "OWNER/NAME@REVISION". InvalidArgument for all else: owner and name are 1 to 96 of A-Z, a-z, 0-9,
// '_', '-' and '.', the first a letter or digit, without ".."; a revision is 1 to 128 of the same and '/'.
absl::StatusOr<ModelId> ParseModelId(std::string_view text);

}  // namespace voisin::hub
