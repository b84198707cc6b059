#include "encoder/embedding_cache.h"

#include <algorithm>
#include <functional>

#include "base/mutex.h"
#include "encoder/s3_fifo.h"

namespace voisin::encoder {
namespace {

constexpr size_t kMaxShards = 16;
constexpr size_t kMinShardBytes = 1 << 20;  // smaller caches have fewer shards

}  // namespace

struct EmbeddingCache::Shard {
  explicit Shard(size_t max_bytes) : texts(max_bytes) {}

  Mutex mutex;
  S3Fifo texts ABSL_GUARDED_BY(mutex);
};

EmbeddingCache::EmbeddingCache(size_t max_bytes) {
  const size_t shards = std::clamp<size_t>(max_bytes / kMinShardBytes, 1, kMaxShards);
  for (size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>(max_bytes / shards));
}

EmbeddingCache::~EmbeddingCache() = default;

EmbeddingCache::Shard& EmbeddingCache::ShardOf(std::string_view key) {
  const size_t hash = std::hash<std::string_view>()(key);
  return *shards_[(hash >> 32) % shards_.size()];  // a shard's own table uses the low bits
}

std::optional<EncodedText> EmbeddingCache::Find(std::string_view key) {
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const EncodedText* found = shard.texts.Find(key);
  if (found == nullptr) return std::nullopt;
  return *found;
}

void EmbeddingCache::Insert(std::string_view key, const EncodedText& text) {
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  shard.texts.Insert(key, text);
}

size_t EmbeddingCache::bytes() const {
  size_t bytes = 0;
  for (const auto& shard : shards_) {
    MutexLock lock(shard->mutex);
    bytes += shard->texts.bytes();
  }
  return bytes;
}

size_t EmbeddingCache::size() const {
  size_t texts = 0;
  for (const auto& shard : shards_) {
    MutexLock lock(shard->mutex);
    texts += shard->texts.size();
  }
  return texts;
}

}  // namespace voisin::encoder
