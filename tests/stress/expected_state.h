#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "clients/cpp/client.h"

// What a database must hold, kept outside of it: acknowledged writes for sure, the one request in flight perhaps.
namespace voisin::test {

inline constexpr char kCollection[] = "crash";
inline constexpr uint32_t kDimensions = 16;

// 0: there is no document; otherwise everything in the document follows from its id and this number.
using Version = uint64_t;

v1::Document MakeDocument(const std::string& id, Version version);

// The documents of one writer, who sends one request at a time. One thread at a time.
class ExpectedState {
 public:
  explicit ExpectedState(std::string prefix) : prefix_(std::move(prefix)) {}

  // A random upsert or deletion of a few documents, marked as pending, sent, and on success taken as done.
  absl::Status WriteSomething(client::Client& client, std::mt19937_64& random);

  // Compares with what a restarted server says: done is done, and what was pending is there whole or not at all; which of
  // the two is then expected from here on. Empty, or what is wrong.
  std::string Verify(client::Client& client);
  // Documents that must be there; after Verify.
  uint64_t live() const;

 private:
  using Changes = std::map<std::string, Version>;

  absl::Status Send(client::Client& client) const;
  std::string ResolvePending(const std::map<std::string, v1::Document>& found);
  std::string CheckDocuments(const std::map<std::string, v1::Document>& found) const;
  std::string CheckSearches(client::Client& client) const;

  const std::string prefix_;
  Version next_version_ = 1;
  Changes done_;                    // every id that was ever written
  Changes last_seen_;               // the newest version above 0 of each id: what a deleted document was
  std::optional<Changes> pending_;  // of one request: all upserts or all deletions
};

}  // namespace voisin::test
