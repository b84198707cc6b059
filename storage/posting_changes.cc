#include "storage/posting_changes.h"

namespace voisin::storage {
namespace {

constexpr size_t kNodeBytes = 160;

}  // namespace

void PostingChanges::Add(CollectionNumber collection, PointId point, const Object& metadata) {
  for (const std::string& term : TermsOf(metadata)) PointsOf(collection, term).added.push_back(point);
}

void PostingChanges::Remove(CollectionNumber collection, PointId point, const Object& metadata) {
  for (const std::string& term : TermsOf(metadata)) PointsOf(collection, term).removed.push_back(point);
}

PostingChanges::Points& PostingChanges::PointsOf(CollectionNumber collection, std::string_view term) {
  std::string key = EncodeNumber(collection).append(term);
  bytes_ += sizeof(PointId);
  const auto [at, is_new] = by_term_.try_emplace(std::move(key));
  if (is_new) bytes_ += kNodeBytes + at->first.size();
  return at->second;
}

}  // namespace voisin::storage
