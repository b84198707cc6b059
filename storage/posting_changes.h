#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/keys.h"
#include "storage/posting_key.h"

namespace voisin::storage {

// What some writes do to the postings of all collections. For one thread, or many that only read.
class PostingChanges {
 public:
  struct Points {
    std::vector<PointId> added;
    std::vector<PointId> removed;
  };
  using ByTerm = std::map<std::string, Points, std::less<>>;

  // A document with this metadata was written as `point`, or `point` is no more.
  void Add(CollectionNumber collection, PointId point, const Object& metadata);
  void Remove(CollectionNumber collection, PointId point, const Object& metadata);

  bool empty() const { return by_term_.empty(); }
  // Keys are those of rows without their chunk, ascending.
  const ByTerm& by_term() const { return by_term_; }
  // Visits the changed terms of the range.
  template <class Visit>
  void ForEach(CollectionNumber collection, const TermRange& range, const Visit& visit) const {
    const std::string prefix = EncodeNumber(collection);
    const auto end = by_term_.lower_bound(prefix + range.to);
    for (auto at = by_term_.lower_bound(prefix + range.from); at != end; ++at) {
      visit(std::string_view(at->first).substr(prefix.size()), at->second);
    }
  }
  size_t bytes() const { return bytes_; }  // of memory, about

 private:
  Points& PointsOf(CollectionNumber collection, std::string_view term);

  ByTerm by_term_;
  size_t bytes_ = 0;
};

}  // namespace voisin::storage
