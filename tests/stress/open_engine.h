#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "service/types.h"
#include "tests/stress/history.h"
#include "tests/support/blocking_engine.h"

namespace voisin::test {

// Collections by id, and what each snapshot holds.
struct Holdings {
  std::map<std::string, Documents> collections;
  std::map<std::string, Documents> snapshots;
  bool operator==(const Holdings&) const = default;
};

std::string Describe(const Documents& documents);
std::string Describe(const Holdings& holdings);

// Empty when `found` is one of what is possible.
template <typename State>
std::string OneOf(const std::vector<State>& possible, const State& found, const std::string& whose) {
  if (std::ranges::find(possible, found) != possible.end()) return "";
  std::string problem = whose + ": expected";
  for (const State& state : possible) problem += Describe(state) + "\nor";
  return problem + " nothing else, found" + Describe(found);
}

// Up to eight of 40 ids of `prefix`, each with a vector and a number "n" that filters ask for.
Documents SomeDocuments(const std::string& prefix, std::mt19937_64& random);
service::CollectionSpec SpecOf(const std::string& id);
service::UpsertRequest UpsertOf(const std::string& collection, const Documents& documents);

// An engine over a folder, open for the length of a scope.
class OpenEngine {
 public:
  explicit OpenEngine(const std::filesystem::path& data_dir);
  BlockingEngine* operator->() { return blocking_.get(); }
  BlockingEngine& operator*() { return *blocking_; }
  const absl::Status& status() const { return status_; }  // of opening it

  // Every document of a collection; nothing when there is no such collection.
  std::optional<Documents> ListAll(const std::string& collection);
  // Empty, or what counts and searches say that is not so.
  std::string CompareAnswers(const std::string& collection, const Documents& documents);
  std::map<std::string, std::string> Snapshots();  // each with its problem
  // Everything that is there, each snapshot restored. Empty, or what is wrong in itself.
  std::string ReadAll(Holdings& found);

 private:
  absl::Status status_;
  std::unique_ptr<service::Engine> engine_;
  std::unique_ptr<BlockingEngine> blocking_;
};

// Sends a request again and again while the disk refuses it.
template <typename Request>
absl::Status UntilItWorks(Request request) {
  absl::Status status = request();
  for (int i = 0; i < 1000 && (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    status = request();
  }
  return status;
}

// Empty, or what an offline check finds.
std::string CheckOffline(const std::filesystem::path& data_dir);

}  // namespace voisin::test
