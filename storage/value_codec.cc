#include "storage/value_codec.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "absl/strings/str_cat.h"

namespace voisin::storage {
namespace {

// Frozen: these numbers are on disk.
enum class Tag : uint8_t {
  null = 0,
  boolean_false = 1,
  boolean_true = 2,
  number = 3,
  string = 4,
  list = 5,
  object = 6
};

void WriteTag(Tag tag, ByteWriter& out) { out.Byte(static_cast<uint8_t>(tag)); }

void WriteValue(const Value& value, ByteWriter& out);

struct ValueWriter {
  ByteWriter& out;
  void operator()(std::monostate) const { WriteTag(Tag::null, out); }
  void operator()(bool value) const { WriteTag(value ? Tag::boolean_true : Tag::boolean_false, out); }
  void operator()(double value) const {
    WriteTag(Tag::number, out);
    out.Fixed64(std::bit_cast<uint64_t>(value));
  }
  void operator()(const std::string& value) const {
    WriteTag(Tag::string, out);
    out.Bytes(value);
  }
  void operator()(const List& list) const {
    WriteTag(Tag::list, out);
    out.Varint(list.size());
    for (const Value& element : list) WriteValue(element, out);
  }
  void operator()(const Object& object) const {
    WriteTag(Tag::object, out);
    WriteObject(object, out);
  }
};

void WriteValue(const Value& value, ByteWriter& out) { std::visit(ValueWriter{out}, value.data); }

// Reads what the grammar allows; `Keep` false walks over it and builds nothing.
template <bool keep>
Value ReadValue(ByteReader& in, int depth);

template <bool keep>
Value ReadList(ByteReader& in, int depth) {
  List list;
  const size_t count = in.Count();
  for (size_t i = 0; i < count && in.ok(); ++i) {
    Value element = ReadValue<keep>(in, depth);
    if constexpr (keep) list.push_back(std::move(element));
  }
  return Value{std::move(list)};
}

// Calls read(key) for each field, which must read the field's value.
template <class Read>
void ForEachField(ByteReader& in, const Read& read) {
  std::optional<std::string_view> previous;
  const size_t count = in.Count();
  for (size_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view key = in.Bytes();
    if (previous && key <= *previous) return in.Fail("expected ascending keys");
    read(key);
    previous = key;
  }
}

template <bool keep>
Object ReadFields(ByteReader& in, int depth) {
  Object object;
  ForEachField(in, [&](std::string_view key) {
    Value value = ReadValue<keep>(in, depth);
    if constexpr (keep) object.emplace_hint(object.end(), key, std::move(value));
  });
  return object;
}

template <bool keep>
Value ReadString(ByteReader& in) {
  const std::string_view text = in.Bytes();
  if constexpr (keep) return Value{std::string(text)};
  return Value{};
}

template <bool keep>
Value ReadValue(ByteReader& in, int depth) {
  const auto tag = static_cast<Tag>(in.Byte());
  if ((tag == Tag::list || tag == Tag::object) && ++depth > kMaxMetadataDepth) {
    in.Fail("expected less nesting");
    return Value{};
  }
  switch (tag) {
    case Tag::null:
      return Value{};
    case Tag::boolean_false:
      return Value{false};
    case Tag::boolean_true:
      return Value{true};
    case Tag::number:
      return Value{std::bit_cast<double>(in.Fixed64())};
    case Tag::string:
      return ReadString<keep>(in);
    case Tag::list:
      return ReadList<keep>(in, depth);
    case Tag::object:
      return Value{ReadFields<keep>(in, depth)};
  }
  in.Fail("expected a value's tag");
  return Value{};
}

bool TooDeep(const Value& value, int depth);

bool TooDeep(const Object& object, int depth) {
  return std::ranges::any_of(object, [&](const auto& field) { return TooDeep(field.second, depth); });
}

bool TooDeep(const Value& value, int depth) {
  const auto* list = std::get_if<List>(&value.data);
  const auto* object = std::get_if<Object>(&value.data);
  if (list == nullptr && object == nullptr) return false;
  if (depth == kMaxMetadataDepth) return true;
  if (object != nullptr) return TooDeep(*object, depth + 1);
  return std::ranges::any_of(*list, [&](const Value& element) { return TooDeep(element, depth + 1); });
}

}  // namespace

void WriteObject(const Object& object, ByteWriter& out) {
  out.Varint(object.size());
  for (const auto& [key, value] : object) {
    out.Bytes(key);
    WriteValue(value, out);
  }
}

Object ReadObject(ByteReader& in) { return ReadFields<true>(in, 0); }

Object ReadObjectFields(ByteReader& in, std::span<const std::string> fields) {
  Object object;
  ForEachField(in, [&](std::string_view key) {
    if (!std::ranges::binary_search(fields, key, std::less<>{})) {
      ReadValue<false>(in, 0);
      return;
    }
    object.emplace_hint(object.end(), key, ReadValue<true>(in, 0));
  });
  return object;
}

absl::Status CheckDepth(const Object& object) {
  if (!TooDeep(object, 0)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("metadata: expected at most ", kMaxMetadataDepth, " levels of nesting, got more"));
}

}  // namespace voisin::storage
