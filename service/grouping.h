#pragma once

#include <unordered_map>

#include "service/selection.h"
#include "storage/field_path.h"

namespace voisin::service {

// The best hits of each value of a metadata field, as many groups as top_k says, the group with the closest
// hit first. A document without the field, or with null or an object there, is in no group; one with a list is
// in the group of each of its values. Strings, numbers and booleans are never equal to each other.
class Grouping final : public Selection {
 public:
  // `group_by` is checked (CheckGroupBy).
  Grouping(const GroupBy& group_by, uint32_t groups);

  uint32_t candidates() const override;
  storage::ReadMask reads() const override;
  bool Wants(const index::Neighbor&) const override { return true; }
  void Clear() override;
  bool Offer(Hit hit) override;
  // A hit comes once for each group it is in; its group is set.
  std::vector<Hit> Take() override;

 private:
  struct Group {
    storage::Value value;
    std::vector<Hit> hits;
  };
  void Add(const Hit& hit, const storage::Value& value);
  Group* GroupOf(const storage::Value& value);  // null: neither known nor room for another

  const storage::FieldPath path_;
  const uint32_t max_groups_;
  const uint32_t group_size_;
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> by_value_;
  size_t full_ = 0;  // groups that hold group_size_ hits
};

// InvalidArgument at "group_by.field" or "group_by.group_size". top_k * group_size is at most `max_hits`.
absl::Status CheckGroupBy(const GroupBy& group_by, uint32_t top_k, uint32_t max_hits);

}  // namespace voisin::service
