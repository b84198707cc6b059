#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "service/engine.h"

namespace voisin {
class ThreadPool;
}

namespace voisin::service {

// A model in memory, with the scheduler that its callers share.
struct Model {
  std::string name;  // of its directory
  std::unique_ptr<encoder::TextEncoder> encoder;
  std::unique_ptr<encoder::BatchScheduler> scheduler;

  const encoder::ModelInfo& info() const { return encoder->info(); }
};
// Owned by the registry, for as long as it lives: callbacks on a scheduler's own thread must never be the last to hold it.
using ModelPtr = const Model*;

// The sub-directories of one directory, loaded when first asked for and then kept. Thread-safe.
class ModelRegistry {
 public:
  struct Options {
    std::filesystem::path directory;
    std::string default_model;
    encoder::BatchScheduler::Options scheduler;
  };
  // `pool` loads; it and `log` outlive the registry and run nothing of it when it is destroyed.
  ModelRegistry(Options options, ThreadPool& pool, const Log& log);
  ~ModelRegistry();

  // Empty: the default. Calls back at once when the model is in memory, else from the pool. NotFound names
  // the directory and how to get a model; a directory that cannot be loaded answers the encoder's error.
  void Find(std::string name, Callback<ModelPtr> done);
  // All that can be loaded, ascending names; what cannot is logged and left out.
  void List(Callback<std::vector<encoder::ModelInfo>> done);

 private:
  ModelPtr Loaded(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<ModelPtr> Load(const std::string& name) ABSL_LOCKS_EXCLUDED(load_mutex_, mutex_);
  absl::StatusOr<std::unique_ptr<const Model>> LoadDirectory(const std::string& name) const;
  std::vector<encoder::ModelInfo> LoadAll();
  absl::Status Absent(const std::string& name) const;

  const Options options_;
  ThreadPool& pool_;
  const Log& log_;
  Mutex load_mutex_;  // one load at a time; taken before mutex_
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<const Model>> loaded_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace voisin::service
