#pragma once

#include <memory>
#include <optional>

#include "index/aligned.h"
#include "index/brute_force.h"
#include "index/hnsw_graph.h"
#include "index/point_set.h"
#include "index/quantizer.h"
#include "index/tombstones.h"

namespace voisin::index {

class VectorsOnFile;

// Everything a sealed segment consists of, as it lies in memory or in a mapped file.
// A node is one distinct vector; many points may stand behind it, or none once they were compacted away.
struct SegmentView {
  uint32_t dimensions = 0;
  std::span<const PointId> ids = {};       // ascending; the position is the point's slot
  std::span<const uint32_t> node_of = {};  // for each slot
  std::span<const float> vectors = {};     // for each node
  CodesView codes = {};                    // of the vectors
  GraphView graph = {};
};

// The same, with its own memory.
struct SegmentArrays {
  uint32_t dimensions = 0;
  std::vector<PointId> ids;
  std::vector<uint32_t> node_of;
  AlignedVector<float> vectors;
  Codes codes;
  GraphLinks links;

  SegmentView view() const { return {dimensions, ids, node_of, vectors, codes.view(), links.view()}; }
};

// OK when every access that GraphSegment or a walk can make stays inside the view; else DataLoss.
absl::Status CheckSegment(const SegmentView& view);

// A sealed segment: immutable but for its tombstones, which one writer sets. Readers need no lock.
class GraphSegment {
 public:
  // `view` has passed CheckSegment, or was built here; `owner` keeps its memory. `number` names its file.
  // `on_file`: the vectors of the view are mapped, for who reads them all; searches read the few they need there.
  GraphSegment(uint64_t number, SegmentView view, std::shared_ptr<const void> owner,
               std::shared_ptr<const VectorsOnFile> on_file = nullptr);
  static std::shared_ptr<GraphSegment> Own(uint64_t number, SegmentArrays arrays);

  uint64_t number() const { return number_; }
  const SegmentView& view() const { return view_; }
  uint32_t points() const { return static_cast<uint32_t>(view_.ids.size()); }
  uint32_t live() const { return points() - tombstones_.count(); }
  uint32_t nodes() const { return view_.graph.nodes(); }
  // Dead points and nodes that no point needs.
  uint32_t waste() const { return tombstones_.count() + empty_nodes_; }
  uint64_t memory_bytes() const;
  // Null: the view's are in memory.
  const VectorsOnFile* vectors_on_file() const { return on_file_.get(); }

  std::optional<uint32_t> FindSlot(PointId id) const;
  bool ContainsLive(PointId id) const;
  bool Remove(PointId id);  // true when it was live
  bool RemoveSlot(uint32_t slot) { return tombstones_.Set(slot); }
  bool IsDead(uint32_t slot) const { return tombstones_.Test(slot); }

  const float* vector(uint32_t node) const { return view_.vectors.data() + size_t{node} * view_.dimensions; }
  std::span<const uint32_t> slots_of(uint32_t node) const {
    return {slots_.data() + first_slot_[node], first_slot_[node + 1] - first_slot_[node]};
  }
  std::span<const uint32_t> base_links(uint32_t node) const {
    return view_.graph.base_links.subspan(size_t{node} * 2 * view_.graph.m, size_t{2} * view_.graph.m);
  }
  // 1 <= level <= the node's level
  std::span<const uint32_t> upper_links(uint32_t node, uint32_t level) const {
    return view_.graph.upper_links.subspan(upper_[node] + size_t{level - 1} * view_.graph.m, view_.graph.m);
  }

  // Does a search that no filter narrows return something for every node?
  bool AllNodesLive() const { return waste() == 0; }
  bool Allows(uint32_t node, const PointSet* filter) const;
  void OfferPoints(uint32_t node, float score, const PointSet* filter, TopK& best) const;

 private:
  bool SlotAllowed(uint32_t slot, const PointSet* filter) const {
    return !IsDead(slot) && (filter == nullptr || filter->Contains(view_.ids[slot]));
  }

  const uint64_t number_;
  const SegmentView view_;
  const std::shared_ptr<const void> owner_;
  const std::shared_ptr<const VectorsOnFile> on_file_;
  std::vector<uint32_t> first_slot_;  // for each node, and one more: where its slots begin in slots_
  std::vector<uint32_t> slots_;       // ascending within a node
  std::vector<uint64_t> upper_;       // for each node: where its upper links begin
  uint32_t empty_nodes_ = 0;
  Tombstones tombstones_;
};

}  // namespace voisin::index
