#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "storage/bytes.h"
#include "storage/value.h"

namespace voisin::storage {

// Metadata as bytes:
//   object = varint count, count * (bytes key, value)      keys strictly ascending
//   value  = %x00                                          null
//          | %x01 | %x02                                   false, true
//          | %x03 fixed64                                  number: the bits of an IEEE double
//          | %x04 bytes                                    string
//          | %x05 varint count, count * value              list
//          | %x06 object
// At most kMaxMetadataDepth lists and objects lie inside each other below the outermost object.
void WriteObject(const Object& object, ByteWriter& out);

// Fails `in` (see ByteReader) on anything else than the grammar above.
Object ReadObject(ByteReader& in);
// Brings only these outermost fields (ascending); the others are checked and skipped.
Object ReadObjectFields(ByteReader& in, std::span<const std::string> fields);

// InvalidArgument when the nesting is deeper than a record may hold.
absl::Status CheckDepth(const Object& object);

}  // namespace voisin::storage
