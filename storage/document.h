#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/value.h"

namespace voisin::storage {

using CollectionNumber =
    uint32_t;              // names a collection for ever; a deleted collection's number is not used again
using Lsn = uint64_t;      // log sequence number of one collection: 1, 2, 3, ...
using PointId = uint64_t;  // the Lsn that wrote this version of a document

// How often a word stands in a text. The word is a number that the writer gives it, opaque here.
struct TermCount {
  uint64_t term = 0;
  uint32_t count = 0;
  bool operator==(const TermCount&) const = default;
};

struct Document {
  std::string id;    // 1..512 bytes of UTF-8: the caller's key
  std::string text;  // may be empty when a vector was given
  Object metadata;
  std::vector<float> vector;     // the collection's dimensions
  int64_t expire_time_us = 0;    // microseconds since 1970; 0: never
  std::vector<TermCount> terms;  // of the text, each once, ascending
  bool operator==(const Document&) const = default;
};

struct StoredDocument {
  PointId point = 0;
  Document document;
};

// Which parts of a document a read brings; the id and the expiry always come.
struct ReadMask {
  bool text = true;
  bool metadata = true;
  bool vector = false;
  bool terms = false;
  bool operator==(const ReadMask&) const = default;
};

}  // namespace voisin::storage
