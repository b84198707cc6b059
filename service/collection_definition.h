#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/types.h"

namespace voisin::service {

// What a collection is, as CollectionRecord.definition keeps it (docs/formats.md):
//   definition = version:u8(=4) metric:u8 dimensions:u32 m:u32 ef_construction:u32 ef_search:u32
//                model:string fingerprint:string k1:f32 b:f32 language:string
//                target_recall:f64 vector_storage:u8
// Version 1 ends after the fingerprint: documents of such a collection have no terms yet. Version 2 ends after the
// language, version 3 after the target of recall.
//   string     = length:u32 bytes                 all numbers little-endian, f32 and f64 as of IEEE 754
// The numbers of metric: 0 cosine, 1 dot, 2 l2; of vector_storage: 0 float32, 1 float16, 2 int8.
struct CollectionDefinition {
  std::string model;              // empty: vectors only
  std::string model_fingerprint;  // empty: vectors only
  uint32_t dimensions = 0;
  index::Metric metric = index::Metric::cosine;
  index::IndexParams params;
  LexicalSpec lexical = {};  // its language resolved
  double target_recall = 0;  // 0: none
  index::VectorStorage vector_storage = index::VectorStorage::float32;
  bool has_terms = true;  // false: of version 1
};

// Of version 4.
std::string EncodeDefinition(const CollectionDefinition& definition);
// DataLoss for bytes that EncodeDefinition did not make and for values that no index can have; FailedPrecondition for a
// newer version.
absl::StatusOr<CollectionDefinition> DecodeDefinition(std::string_view bytes);

// What a definition tells of a collection.
CollectionInfo InfoOf(std::string id, const CollectionDefinition& definition);

}  // namespace voisin::service
