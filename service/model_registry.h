#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "encoder/caching_scheduler.h"
#include "service/engine.h"
#include "service/model_directory.h"

namespace voisin {
class ThreadPool;
}

namespace voisin::service {

// A model in memory, with the scheduler that its callers share.
struct Model {
  std::string name;  // of its directory
  std::unique_ptr<encoder::TextEncoder> encoder;
  std::unique_ptr<encoder::BatchScheduler> scheduler;
  const encoder::CachingScheduler* cached = nullptr;  // the scheduler; null while the cache is off

  const encoder::ModelInfo& info() const { return encoder->info(); }
  ModelStatus status() const;
};
// A use of a model, which stays in memory meanwhile. Copies are the same use. May end on any thread, the scheduler's own
// included: the registry owns the model, and takes it from memory on a thread of its own.
using ModelPtr = std::shared_ptr<const Model>;

// The models in the sub-directories of one directory, loaded when first asked for. Where memory is short, those that
// nobody uses leave it, the least recently used first. Thread-safe.
class ModelRegistry {
 public:
  struct Options {
    std::filesystem::path directory;
    std::string default_model;
    encoder::Precision precision = encoder::Precision::fp32;
    encoder::BatchScheduler::Options scheduler;
    uint64_t memory = 0;  // bytes that the loaded models may take together, by ModelMemory
    // How long a load waits for models in use to become idle, where they leave no room.
    absl::Duration patience = absl::Seconds(1);
    size_t embedding_cache_bytes = 0;  // over all models; 0: no cache
  };
  // `load_pool` loads, `list_pool` describes; they and `log` outlive the registry and run nothing of it when it is
  // destroyed.
  ModelRegistry(Options options, ThreadPool& load_pool, ThreadPool& list_pool, const Log& log);
  // Waits for the uses that remain.
  ~ModelRegistry();

  // Empty: the default. Calls back at once when the model is in memory, else from the pool after one load for all who
  // ask meanwhile. NotFound names the directory and how to get a model; FailedPrecondition: larger than all the memory;
  // ResourceExhausted, to be tried again: the models in use leave no room; a directory that cannot be loaded answers
  // the encoder's error.
  void Find(std::string name, Callback<ModelPtr> done);
  // Without loading. Empty: the default.
  void Describe(std::string name, Callback<ModelStatus> done);
  // All that can be described, ascending names; what cannot is logged and left out. Loads none.
  void List(Callback<std::vector<ModelStatus>> done);
  // One line per model in memory: what the embedding cache did.
  void LogCache() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Resident {
    std::unique_ptr<const Model> model;
    uint64_t bytes = 0;
    uint64_t users = 0;
    uint64_t used_at = 0;  // the greater, the later
  };
  struct Described {
    DirectoryStamp stamp;
    encoder::ModelInfo info;
  };
  using Residents = std::map<std::string, Resident>;

  ModelPtr Use(Resident& resident) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndUse(Resident& resident) ABSL_LOCKS_EXCLUDED(mutex_);
  // Calls back all who wait for `name`.
  void LoadFor(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);
  void Answer(const std::string& name, absl::StatusOr<Resident> loaded) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<Resident> Load(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::unique_ptr<const Model>> LoadDirectory(const std::string& name) const;
  void StartScheduler(Model& model) const;
  absl::Status CheckPresent(const std::string& name) const;

  // Counts `bytes` as taken, after idle models made room; waits for them.
  absl::Status Reserve(const std::string& name, uint64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void Release(uint64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<Residents::node_type>> TakeIdle(const std::string& name, uint64_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::StatusOr<ModelStatus> DescribeDirectory(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<ModelStatus> DescribeAll() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  ThreadPool& load_pool_;
  ThreadPool& list_pool_;
  const Log& log_;
  const std::unique_ptr<encoder::EmbeddingCache> cache_;  // outlives the models; null: off
  Mutex mutex_;
  CondVar unused_;
  Residents loaded_ ABSL_GUARDED_BY(mutex_);  // elements with users stay where they are
  std::map<std::string, std::vector<Callback<ModelPtr>>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Described> described_ ABSL_GUARDED_BY(mutex_);
  uint64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes, models that are being loaded included
  uint64_t clock_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace voisin::service
