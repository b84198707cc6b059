#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/document.h"

namespace voisin::storage {

// The tables (RocksDB column families) of a data directory and their keys. Numbers are big-endian, so that
// the order of bytes is the order of numbers; all keys but those of `default` begin with their collection's
// number, so that a collection is one range of each table. Values are the records of record.h.
//
//   collection = 4 OCTETs          point = lsn = 8 OCTETs
//   time       = 8 OCTETs          microseconds since 1970, sign bit inverted
//   id         = 1..512 OCTETs     the caller's document id
//
//   table      key                              value
//   default    "f"                              format version of the directory, decimal ASCII digits
//              "n"                              4 OCTETs: the number that the next new collection gets
//              "c" collection                   collection-record
//              "s" collection                   state-record
//              "r" collection                   nothing: a restore that is not done; its rows are removed
//              "p"                              version of the postings, decimal digits; absent: none are written yet
//              "u" collection                   8 OCTETs: points up to this one have postings; while they are written
//   documents  collection point                 document-record
//   metadata   collection point                 metadata-record
//   vectors    collection point                 vector-record
//   keys       collection id                    key-record: the point that lives under the id
//   changes    collection lsn                   change-record
//   requests   collection request_id            request-record
//   expiry     collection time point            expiry-record
//   terms      collection point                 terms-record
//   postings   posting-key (posting_key.h)      posting-record
//
// A live document has one row in each of documents, metadata, vectors, terms and keys, one in expiry if it
// expires, and is in the postings of its metadata. One batch writes or removes them together. Of a collection
// that format 1 wrote the rows of terms may be missing: the service writes them before it uses the collection.
enum class Table { meta, documents, metadata, vectors, keys, changes, requests, expiry, terms, postings };
inline constexpr int kTableCount = 10;
// Whether a table only says again what others say: a copy of a collection leaves it out and makes it anew.
constexpr bool IsDerived(Table table) { return table == Table::postings; }

// The table's name on disk.
std::string_view TableName(Table table);

inline constexpr uint32_t kFormatVersion = 2;
inline constexpr std::string_view kFormatKey = "f";
inline constexpr std::string_view kNextNumberKey = "n";
inline constexpr std::string_view kNoKey = "-";  // of no row, ever
inline constexpr std::string_view kPostingsKey = "p";

std::string CollectionKey(CollectionNumber collection);
std::string StateKey(CollectionNumber collection);
std::string RestoreKey(CollectionNumber collection);
std::string PostingProgressKey(CollectionNumber collection);
// The collection of a "c", "s", "r" or "u" key; nothing for any other key.
std::optional<CollectionNumber> CollectionOfKey(std::string_view key, char tag);

std::string CollectionPrefix(CollectionNumber collection);
// documents, metadata, vectors, terms, and changes (where the number is an lsn).
std::string PointKey(CollectionNumber collection, uint64_t point);
// keys and requests.
std::string NameKey(CollectionNumber collection, std::string_view name);
std::string ExpiryKey(CollectionNumber collection, int64_t time_us, PointId point);

// The last 8 bytes of a PointKey or ExpiryKey; nothing when the key is too short.
std::optional<uint64_t> PointOfKey(std::string_view key);
// What follows the collection in a NameKey.
std::string_view NameOfKey(std::string_view key);

// Four bytes, big-endian.
std::string EncodeNumber(CollectionNumber number);
std::optional<CollectionNumber> DecodeNumber(std::string_view bytes);

}  // namespace voisin::storage
