// Any bytes as the definition of a collection: an error, or one of which a collection can be made and whose encoding
// decodes to itself; of the newest version it is the bytes.
#include <cstdint>

#include "index/vector_index.h"
#include "service/collection_definition.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using voisin::fuzz::Refused;
  using voisin::fuzz::Require;
  using namespace voisin::service;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto definition = DecodeDefinition(bytes);
  if (Refused(definition.status())) return 0;
  Require(voisin::index::CheckParams(definition->params).ok());
  Require(voisin::index::CheckDimensions(definition->dimensions).ok());
  Require(InfoOf("id", *definition).bytes_per_vector > 0);
  const std::string again = EncodeDefinition(*definition);
  Require(again[0] != bytes[0] || again == bytes);
  const auto same = DecodeDefinition(again);
  Require(same.ok() && EncodeDefinition(*same) == again);
  return 0;
}
