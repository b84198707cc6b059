#include "storage/keys.h"

namespace voisin::storage {
namespace {

template <class Number>
void AppendBigEndian(Number number, std::string& out) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(number >> shift)));
  }
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (char byte : bytes) number = (number << 8) | static_cast<uint8_t>(byte);
  return number;
}

constexpr size_t kCollectionBytes = sizeof(CollectionNumber);
constexpr uint64_t kSignBit = uint64_t{1} << 63;

}  // namespace

std::string_view TableName(Table table) {
  switch (table) {
    case Table::meta:
      return "default";
    case Table::documents:
      return "documents";
    case Table::metadata:
      return "metadata";
    case Table::vectors:
      return "vectors";
    case Table::keys:
      return "keys";
    case Table::changes:
      return "changes";
    case Table::requests:
      return "requests";
    case Table::expiry:
      return "expiry";
    case Table::terms:
      return "terms";
    case Table::postings:
      return "postings";
  }
  return {};
}

std::string EncodeNumber(CollectionNumber number) {
  std::string bytes;
  AppendBigEndian(number, bytes);
  return bytes;
}

std::optional<CollectionNumber> DecodeNumber(std::string_view bytes) {
  if (bytes.size() != kCollectionBytes) return std::nullopt;
  return static_cast<CollectionNumber>(ReadBigEndian(bytes));
}

std::string CollectionPrefix(CollectionNumber collection) { return EncodeNumber(collection); }
std::string CollectionKey(CollectionNumber collection) { return "c" + EncodeNumber(collection); }
std::string StateKey(CollectionNumber collection) { return "s" + EncodeNumber(collection); }
std::string RestoreKey(CollectionNumber collection) { return "r" + EncodeNumber(collection); }

std::string PostingProgressKey(CollectionNumber collection) { return "u" + EncodeNumber(collection); }

std::optional<CollectionNumber> CollectionOfKey(std::string_view key, char tag) {
  if (key.empty() || key[0] != tag) return std::nullopt;
  return DecodeNumber(key.substr(1));
}

std::string PointKey(CollectionNumber collection, uint64_t point) {
  std::string key = CollectionPrefix(collection);
  AppendBigEndian(point, key);
  return key;
}

std::string NameKey(CollectionNumber collection, std::string_view name) {
  return CollectionPrefix(collection).append(name);
}

std::string ExpiryKey(CollectionNumber collection, int64_t time_us, PointId point) {
  std::string key = CollectionPrefix(collection);
  AppendBigEndian(static_cast<uint64_t>(time_us) ^ kSignBit, key);
  AppendBigEndian(point, key);
  return key;
}

std::optional<uint64_t> PointOfKey(std::string_view key) {
  if (key.size() < kCollectionBytes + sizeof(uint64_t)) return std::nullopt;
  return ReadBigEndian(key.substr(key.size() - sizeof(uint64_t)));
}

std::string_view NameOfKey(std::string_view key) {
  return key.size() < kCollectionBytes ? std::string_view() : key.substr(kCollectionBytes);
}

}  // namespace voisin::storage
