#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "clients/cli/import_source.h"
#include "clients/cli/progress.h"
#include "clients/cpp/client.h"

namespace voisin::cli {

struct ImportJobOptions {
  std::string collection;  // "collections/x"
  v1::Truncation truncation = v1::TRUNCATION_END;
  size_t batch = 128;     // documents in a request
  size_t parallel = 4;    // requests in flight
  bool strict = false;    // stop at the first bad record
  uint64_t expected = 0;  // documents, where the source does not know how much there is
};

struct ImportSummary {
  uint64_t documents = 0;
  uint64_t truncated = 0;
  uint64_t bad = 0;
  absl::Duration elapsed;
};

// Sends all documents of `source` to the collection; bad records become notes on `progress`. When an id comes again,
// the later document wins. An error ends the import; what was sent before stays. `summary` says how far it got either way.
absl::Status RunImport(ImportSource& source, client::Client& client, const ImportJobOptions& options,
                       Progress& progress, ImportSummary& summary);

}  // namespace voisin::cli
