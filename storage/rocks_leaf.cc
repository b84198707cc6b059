#include "storage/rocks_leaf.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/posting_record.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

constexpr size_t kVerifyAtOnce = 1024;

absl::Status BadRow(const absl::Status& status, CollectionNumber collection) {
  if (status.ok()) return status;
  return absl::DataLossError(absl::StrCat("collection ", collection, ", postings: ", status.message()));
}

}  // namespace

PointBitmap* LeafReader::Said::Of(LeafEffect effect) {
  switch (effect) {
    case LeafEffect::nothing:
      return nullptr;
    case LeafEffect::includes:
      return &includes;
    case LeafEffect::excludes:
      return &excludes;
    case LeafEffect::verify:
      return &verify;
  }
  return nullptr;
}

absl::StatusOr<LeafReader::Found> LeafReader::Read(const Restriction& restriction) const {
  return Read(Leaf{ToText(restriction), PlanLeaf(restriction), restriction});
}

absl::StatusOr<LeafReader::Points> LeafReader::ReadLive() const {
  const Restriction unused;
  ASSIGN_OR_RETURN(Found found, Read(Leaf{"", {{.terms = Beginning(LiveTerm())}}, unused}));
  return std::move(found.points);
}

absl::StatusOr<LeafReader::Found> LeafReader::Read(const Leaf& leaf) const {
  const std::string key = CollectionPrefix(collection_) + leaf.name;
  const uint64_t now = view_.sequence();
  const FilterCache::Set kept = cache_.Find(key);
  if (kept.points != nullptr && kept.sequence == now) return Found{kept.points, true};
  if (kept.points != nullptr && kept.sequence < now) {
    if (const auto changes = view_.database().journal().Between(kept.sequence, now)) {
      ASSIGN_OR_RETURN(Points points, Update(leaf, kept.points, *changes));
      cache_.Put(key, {points, now});
      return Found{std::move(points), true};
    }
  }
  ASSIGN_OR_RETURN(Points points, ReadRows(leaf));
  cache_.Put(key, {points, now});
  return Found{std::move(points), false};
}

absl::StatusOr<LeafReader::Points> LeafReader::Update(const Leaf& leaf, const Points& old,
                                                      std::span<const PostingJournal::Changes> writes) const {
  Said said;
  bool changed = false;
  for (const PostingJournal::Changes& changes : writes) {
    for (const LeafRange& range : leaf.ranges) {
      changes->ForEach(collection_, range.terms,
                       [&](std::string_view term, const PostingChanges::Points& points) {
                         changed = true;
                         said.removed.Add(points.removed);
                         PointBitmap* const side = said.Of(EffectOf(range, term, leaf.restriction));
                         if (side != nullptr) side->Add(points.added);
                       });
    }
  }
  if (!changed) return old;
  PointBitmap points = *old;
  RETURN_IF_ERROR(Apply(said, leaf.restriction, points));
  return std::make_shared<const PointBitmap>(std::move(points));
}

absl::StatusOr<LeafReader::Points> LeafReader::ReadRows(const Leaf& leaf) const {
  Said said;
  for (const LeafRange& range : leaf.ranges) RETURN_IF_ERROR(AddRange(range, leaf.restriction, said));
  PointBitmap points;
  RETURN_IF_ERROR(Apply(said, leaf.restriction, points));
  return std::make_shared<const PointBitmap>(std::move(points));
}

absl::Status LeafReader::AddRange(const LeafRange& range, const Restriction& restriction, Said& said) const {
  const std::string prefix = CollectionPrefix(collection_);
  RangeScan row(view_, Table::postings, prefix + range.terms.from, prefix + range.terms.to);
  std::string last;
  PointBitmap* side = nullptr;
  for (; row.Valid(); row.Next()) {
    const auto parts = SplitPostingKey(row.key());
    if (!parts) return BadRow(absl::DataLossError("a key is too short"), collection_);
    if (parts->term != last) {
      last = parts->term;
      side = said.Of(EffectOf(range, last, restriction));
    }
    if (side == nullptr) continue;
    const absl::StatusOr<PostingRecord> record = DecodePosting(row.value());
    if (!record.ok()) return BadRow(record.status(), collection_);
    side->AddChunk(parts->chunk, record->added);
  }
  return row.status();
}

absl::Status LeafReader::Apply(const Said& said, const Restriction& restriction, PointBitmap& points) const {
  points |= said.includes;
  points -= said.excludes;
  points -= said.removed;
  if (said.verify.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Points live, ReadLive());
  PointBitmap candidates = said.verify;
  candidates &= *live;
  points -= candidates;
  ASSIGN_OR_RETURN(const PointBitmap verified, Verify(candidates, restriction));
  points |= verified;
  return absl::OkStatus();
}

absl::StatusOr<PointBitmap> LeafReader::Verify(const PointBitmap& candidates,
                                               const Restriction& restriction) const {
  const std::vector<PointId> all = candidates.ascending();
  PointBitmap verified;
  for (size_t at = 0; at < all.size(); at += kVerifyAtOnce) {
    const auto some = std::span(all).subspan(at, std::min(kVerifyAtOnce, all.size() - at));
    ASSIGN_OR_RETURN(const View::Rows rows, view_.ReadMetadata(collection_, some));
    for (size_t i = 0; i < some.size(); ++i) {
      const absl::StatusOr<MetadataRecord> record =
          DecodeMetadataFields(ToView(*rows[i]), {&restriction.path.front(), 1});
      if (!record.ok()) return AtPoint(record.status(), collection_, some[i]);
      if (Evaluate(restriction, record->metadata)) verified.Add({&some[i], 1});
    }
  }
  return verified;
}

absl::StatusOr<std::vector<PostingType>> LeafReader::TypesAt(const std::vector<std::string>& path) const {
  std::vector<PostingType> types;
  const std::optional<std::string> term = PathTerm(path);
  if (!term) return types;
  for (int i = static_cast<int>(PostingType::null); i <= static_cast<int>(PostingType::object); ++i) {
    const auto type = static_cast<PostingType>(i);
    Said said;
    RETURN_IF_ERROR(AddRange({.terms = Beginning(AnyTerm(*term, type))}, {}, said));
    if (!said.includes.empty()) types.push_back(type);
  }
  return types;
}

}  // namespace voisin::storage
