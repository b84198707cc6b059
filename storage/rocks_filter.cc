#include "storage/rocks_filter.h"

#include <chrono>

#include "base/status_macros.h"
#include "storage/filter_types.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

class Evaluation {
 public:
  Evaluation(const LeafReader& reader, const PointBitmap& live, std::vector<FilterLeaf>& leaves)
      : reader_(reader), live_(live), leaves_(leaves) {}

  absl::StatusOr<PointBitmap> Run(const Expression& expression) {
    switch (expression.kind) {
      case Expression::Kind::all_of:
        return Combine(expression.operands, [](PointBitmap& all, const PointBitmap& one) { all &= one; });
      case Expression::Kind::any_of:
        return Combine(expression.operands, [](PointBitmap& any, const PointBitmap& one) { any |= one; });
      case Expression::Kind::negation: {
        ASSIGN_OR_RETURN(const PointBitmap points, Run(expression.operands.front()));
        PointBitmap others = live_;
        others -= points;
        return others;
      }
      case Expression::Kind::restriction:
        return Leaf(expression.restriction);
    }
    return PointBitmap();
  }

 private:
  template <class Operation>
  absl::StatusOr<PointBitmap> Combine(const std::vector<Expression>& operands, Operation operation) {
    ASSIGN_OR_RETURN(PointBitmap points, Run(operands.front()));
    for (size_t i = 1; i < operands.size(); ++i) {
      ASSIGN_OR_RETURN(const PointBitmap operand, Run(operands[i]));
      operation(points, operand);
    }
    return points;
  }

  absl::StatusOr<PointBitmap> Leaf(const Restriction& restriction) {
    const auto start = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const LeafReader::Found found, reader_.Read(restriction));
    if (found.points->empty()) {
      ASSIGN_OR_RETURN(const std::vector<PostingType> types, reader_.TypesAt(restriction.path));
      RETURN_IF_ERROR(CheckTypes(restriction, types));
    }
    const auto took = std::chrono::steady_clock::now() - start;
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    leaves_.push_back({.restriction = ToText(restriction),
                       .points = found.points->size(),
                       .cached = found.cached,
                       .micros = static_cast<uint64_t>(micros)});
    return *found.points;
  }

  const LeafReader& reader_;
  const PointBitmap& live_;
  std::vector<FilterLeaf>& leaves_;
};

// What has expired by `now_us` and still lives.
absl::StatusOr<PointBitmap> ReadExpired(const View& view, CollectionNumber collection, int64_t now_us) {
  PointBitmap expired;
  RangeScan row(view, Table::expiry, CollectionPrefix(collection), ExpiryKey(collection, now_us + 1, 0));
  for (; row.Valid(); row.Next()) {
    const auto point = PointOfKey(row.key());
    if (!point) return absl::DataLossError("expiry: expected a key of 20 bytes, got another size");
    expired.Add({&*point, 1});
  }
  RETURN_IF_ERROR(row.status());
  return expired;
}

}  // namespace

absl::StatusOr<FilterMatch> MatchFilter(const View& view, CollectionNumber collection, const Filter& filter,
                                        int64_t now_us, FilterCache& cache) {
  const LeafReader reader(view, collection, cache);
  ASSIGN_OR_RETURN(const LeafReader::Points live, reader.ReadLive());
  FilterMatch match;
  match.live = live->size();
  match.points = *live;
  if (!filter.matches_everything()) {
    ASSIGN_OR_RETURN(const PointBitmap points,
                     Evaluation(reader, *live, match.leaves).Run(filter.expression()));
    match.points &= points;
  }
  if (now_us == 0) return match;
  ASSIGN_OR_RETURN(const PointBitmap expired, ReadExpired(view, collection, now_us));
  match.points -= expired;
  return match;
}

}  // namespace voisin::storage
