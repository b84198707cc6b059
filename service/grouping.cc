#include "service/grouping.h"

#include <algorithm>
#include <bit>

#include "base/status_macros.h"
#include "service/errors.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

constexpr uint32_t kMaxGroupSize = 100;

uint32_t GroupSize(const GroupBy& group_by) { return std::max<uint32_t>(1, group_by.group_size); }

storage::FieldPath PathOf(const GroupBy& group_by) {
  absl::StatusOr<storage::FieldPath> path = storage::ParseFieldPath(group_by.field);
  return path.ok() ? *std::move(path) : storage::FieldPath();
}

// Equal for equal values of one type; empty for what names no group.
struct IdentityOf {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(bool value) const { return value ? "b1" : "b0"; }
  std::string operator()(double value) const {
    return "n" + std::to_string(std::bit_cast<uint64_t>(value == 0 ? 0.0 : value));  // -0 is 0
  }
  std::string operator()(const std::string& value) const { return "s" + value; }
  std::string operator()(const storage::List&) const { return {}; }
  std::string operator()(const storage::Object&) const { return {}; }
};

}  // namespace

absl::Status CheckGroupBy(const GroupBy& group_by, uint32_t top_k, uint32_t max_hits) {
  RETURN_IF_ERROR(CheckUtf8("group_by.field", group_by.field));
  RETURN_IF_ERROR(AtField("group_by.field", storage::ParseFieldPath(group_by.field).status()));
  if (group_by.group_size > kMaxGroupSize) {
    return InvalidField("group_by.group_size", "expected 1 to " + std::to_string(kMaxGroupSize) +
                                                   " (0: 1), got " + std::to_string(group_by.group_size));
  }
  const uint64_t hits = uint64_t{top_k} * GroupSize(group_by);
  if (hits <= max_hits) return absl::OkStatus();
  return InvalidField("group_by.group_size", "expected at most " + std::to_string(max_hits) +
                                                 " hits in all groups, got " + std::to_string(top_k) +
                                                 " groups of " + std::to_string(GroupSize(group_by)));
}

Grouping::Grouping(const GroupBy& group_by, uint32_t groups)
    : path_(PathOf(group_by)), max_groups_(groups), group_size_(GroupSize(group_by)) {}

// A guess: hits of one value come in company.
uint32_t Grouping::candidates() const { return 4 * max_groups_ * group_size_; }

storage::ReadMask Grouping::reads() const { return {.text = false, .metadata = true, .vector = false}; }

void Grouping::Clear() {
  groups_.clear();
  by_value_.clear();
  full_ = 0;
}

bool Grouping::Offer(Hit hit) {
  const storage::Object metadata = std::move(hit.document.metadata);
  if (const storage::Value* value = storage::Find(metadata, path_)) {
    const auto* list = std::get_if<storage::List>(&value->data);
    if (list == nullptr) Add(hit, *value);
    if (list != nullptr) std::ranges::for_each(*list, [&](const storage::Value& one) { Add(hit, one); });
  }
  return full_ < max_groups_;
}

void Grouping::Add(const Hit& hit, const storage::Value& value) {
  Group* const group = GroupOf(value);
  if (group == nullptr || group->hits.size() == group_size_) return;
  if (!group->hits.empty() && group->hits.back().point == hit.point) return;  // a list has the value twice
  group->hits.push_back(hit);
  group->hits.back().group = value;
  full_ += group->hits.size() == group_size_ ? 1 : 0;
}

Grouping::Group* Grouping::GroupOf(const storage::Value& value) {
  std::string identity = std::visit(IdentityOf(), value.data);
  if (identity.empty()) return nullptr;
  const auto known = by_value_.find(identity);
  if (known != by_value_.end()) return &groups_[known->second];
  if (groups_.size() == max_groups_) return nullptr;
  by_value_.emplace(std::move(identity), groups_.size());
  groups_.push_back({value, {}});
  return &groups_.back();
}

std::vector<Hit> Grouping::Take() {
  std::vector<Hit> hits;
  for (Group& group : groups_) std::ranges::move(group.hits, std::back_inserter(hits));
  Clear();
  return hits;
}

}  // namespace voisin::service
