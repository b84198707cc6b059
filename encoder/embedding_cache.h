#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "encoder/batch_scheduler.h"

namespace voisin::encoder {

// Vectors of texts that were encoded before, by content: a key is everything that decides the result (the model's
// fingerprint, the truncation, the prompt, the text), is kept whole and compared whole, so that two texts can never be taken
// for one another, whatever their hashes. Several models may share one cache. Thread-safe: keys are spread over
// shards, each with its own lock.
class EmbeddingCache {
 public:
  // Each shard holds its part of `max_bytes`, which counts keys, vectors, nodes and tables.
  explicit EmbeddingCache(size_t max_bytes);
  ~EmbeddingCache();

  std::optional<EncodedText> Find(std::string_view key);
  void Insert(std::string_view key, const EncodedText& text);

  size_t bytes() const;
  size_t size() const;  // texts

 private:
  struct Shard;
  Shard& ShardOf(std::string_view key);

  std::vector<std::unique_ptr<Shard>> shards_;  // fixed after construction
};

}  // namespace voisin::encoder
