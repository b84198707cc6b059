#pragma once

#include <filesystem>

#include "base/thread_pool.h"
#include "service/engine.h"
#include "service/model_registry.h"

namespace voisin::encoder {
class WordAnalyzers;
}

namespace voisin::service {

// What all collections of an engine share. Everything referred to outlives them.
struct Runtime {
  const Log& log;
  storage::DocumentStore& store;
  ModelRegistry& models;
  encoder::WordAnalyzers& analyzers;
  ThreadPool& search_pool;    // searches
  ThreadPool& io_pool;        // reads, listings, collection changes
  ThreadPool& ingest_pool;    // words of documents, giving way
  ThreadPool& slow_pool;      // what may wait long: deletion of collections
  ThreadPool& snapshot_pool;  // one thread: snapshots, one after the other
  ThreadPool& index_pool;     // graphs, in the background
  std::filesystem::path index_dir;
  Limits limits;
  uint32_t seal_points = 4096;
};

int64_t NowMicros();  // since 1970
inline bool IsExpired(const storage::Document& document, int64_t now_us) {
  return document.expire_time_us != 0 && document.expire_time_us <= now_us;
}

}  // namespace voisin::service
