// Any bytes as a key of each table: its parts make the same key again, and keys are ordered as what they are made of.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <tuple>

#include "storage/keys.h"
#include "tests/fuzz/require.h"

namespace {

using namespace voisin::storage;  // every name below is of keys
using voisin::fuzz::Require;

void ReadTagged(std::string_view key) {
  if (const auto number = CollectionOfKey(key, 'c')) Require(CollectionKey(*number) == key);
  if (const auto number = CollectionOfKey(key, 's')) Require(StateKey(*number) == key);
  if (const auto number = CollectionOfKey(key, 'r')) Require(RestoreKey(*number) == key);
  if (const auto number = CollectionOfKey(key, 'u')) Require(PostingProgressKey(*number) == key);
}

void ReadRow(std::string_view key) {
  constexpr size_t kPrefix = sizeof(CollectionNumber);
  constexpr size_t kPoint = sizeof(PointId);
  if (key.size() < kPrefix) return Require(NameOfKey(key).empty() && !PointOfKey(key));
  const auto number = DecodeNumber(key.substr(0, kPrefix));
  Require(number && NameKey(*number, NameOfKey(key)) == key);
  const auto point = PointOfKey(key);
  Require(point.has_value() == (key.size() >= kPrefix + kPoint));
  if (key.size() == kPrefix + kPoint) Require(PointKey(*number, *point) == key);
}

template <class Number>
Number Take(std::string_view& bytes) {
  Number number = 0;
  const size_t size = std::min(bytes.size(), sizeof(number));
  std::memcpy(&number, bytes.data(), size);
  bytes.remove_prefix(size);
  return number;
}

using Expiry = std::tuple<CollectionNumber, int64_t, PointId>;

Expiry TakeExpiry(std::string_view& bytes) {
  const auto collection = Take<CollectionNumber>(bytes);
  const auto time_us = Take<int64_t>(bytes);
  return {collection, time_us, Take<PointId>(bytes)};
}

std::string KeyOf(const Expiry& expiry) { return std::apply(ExpiryKey, expiry); }

void Compare(std::string_view bytes) {
  const Expiry one = TakeExpiry(bytes);
  const Expiry other = TakeExpiry(bytes);
  Require((KeyOf(one) < KeyOf(other)) == (one < other));
  Require(PointOfKey(KeyOf(one)) == std::get<PointId>(one));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadTagged(bytes);
  ReadRow(bytes);
  if (!bytes.empty()) Compare(bytes);
  return 0;
}
