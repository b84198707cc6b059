#pragma once

#include <deque>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"
#include "clients/cpp/client.h"

namespace voisin::cli {

// One request and where each of its documents came from.
struct UpsertBatch {
  v1::UpsertDocumentsRequest request;
  std::vector<std::string> origins;
};

// Several upserts in flight over one client. A document that the server refuses is set apart and the rest of its batch
// sent again; any other error ends the run. All methods are for one thread.
class UpsertPipeline {
 public:
  struct Refusal {
    std::string origin;
    absl::Status status;
  };
  struct Counts {
    uint64_t documents = 0;  // durable
    uint64_t truncated = 0;  // texts that their vector covers only in part
  };

  // `client` outlives the pipeline; `parallel` >= 1.
  UpsertPipeline(client::Client& client, size_t parallel);
  // Finishes what was added.
  ~UpsertPipeline();

  // Waits while `parallel` batches are in flight. Returns the error that ended the run, if one did.
  absl::Status Add(UpsertBatch batch);
  absl::Status WaitForAll();
  // Whether an upsert of `id` has not ended: another one might overtake it.
  bool Holds(const std::string& id);
  Counts counts();
  // Refusals since the last call.
  std::vector<Refusal> TakeRefusals();

 private:
  void Run();
  void Send(UpsertBatch& batch);
  absl::StatusOr<v1::UpsertDocumentsResponse> Upsert(const UpsertBatch& batch);
  // Takes the document out that the server named; false when it named none.
  bool SetApart(UpsertBatch& batch, const absl::Status& status);

  client::Client& client_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<UpsertBatch> waiting_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<std::string> ids_ ABSL_GUARDED_BY(mutex_);  // of what waits or is sent
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;                 // waiting or being sent
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  std::vector<Refusal> refusals_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace voisin::cli
