#include "service/proto_parse.h"

#include <map>
#include <optional>
#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"
#include "service/errors.h"
#include "service/utf8.h"

namespace voisin::service {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// Looks through raw wire fields, depth first, in the order in which they came.
class Finder {
 public:
  std::optional<absl::Status> Find(const std::string& bytes, const Descriptor& type, const std::string& path,
                                   int depth) const {
    if (depth > kMaxMessageDepth) return InvalidField(path, "nested too deep");
    UnknownFieldSet fields;
    if (!fields.ParseFromString(bytes)) return std::nullopt;
    std::map<int, int> seen;  // of each repeated field
    for (int i = 0; i < fields.field_count(); ++i) {
      const UnknownField& field = fields.field(i);
      const FieldDescriptor* known = type.FindFieldByNumber(field.number());
      if (known == nullptr || field.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
      auto found =
          FindIn(field.length_delimited(), *known, Path(path, *known, seen[field.number()]++), depth);
      if (found) return found;
    }
    return std::nullopt;
  }

 private:
  std::optional<absl::Status> FindIn(const std::string& bytes, const FieldDescriptor& field,
                                     const std::string& path, int depth) const {
    if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      return Find(bytes, *field.message_type(), path, depth + 1);
    }
    if (field.type() != FieldDescriptor::TYPE_STRING) return std::nullopt;
    const std::optional<size_t> position = FindInvalidUtf8({bytes.data(), bytes.size()});
    if (!position) return std::nullopt;
    return InvalidField(path, "expected UTF-8, got an ill-formed byte at " + std::to_string(*position));
  }

  static std::string Path(const std::string& parent, const FieldDescriptor& field, int index) {
    std::string path = parent.empty() ? field.name() : parent + "." + field.name();
    return field.is_repeated() ? path + "[" + std::to_string(index) + "]" : path;
  }
};

}  // namespace

absl::Status ExplainUnparsable(std::string_view bytes, const Descriptor& type) {
  if (auto found = Finder().Find(std::string(bytes), type, "", 0)) return *found;
  return absl::InvalidArgumentError("expected a " + type.full_name() + ", got " +
                                    std::to_string(bytes.size()) + " bytes that are none");
}

}  // namespace voisin::service
