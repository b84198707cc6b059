#include "index/graph_segment.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "index/vectors_on_file.h"

namespace voisin::index {
namespace {

absl::Status Wrong(const std::string& what, uint64_t expected, uint64_t found) {
  return absl::DataLossError("segment: " + what + ": expected " + std::to_string(expected) + ", found " +
                             std::to_string(found));
}

absl::Status CheckCodes(const SegmentView& view, uint64_t nodes) {
  const CodesView& codes = view.codes;
  if (codes.centre.size() != view.dimensions) {
    return Wrong("floats of the centre", view.dimensions, codes.centre.size());
  }
  const uint64_t bytes = nodes * CodeStride(view.dimensions);
  if (codes.codes.size() != bytes) return Wrong("codes", bytes, codes.codes.size());
  if (codes.terms.size() != nodes) return Wrong("terms of codes", nodes, codes.terms.size());
  if (std::ranges::find(codes.codes, int8_t{-128}) != codes.codes.end()) {
    return absl::DataLossError("segment: codes: expected -127..127, found -128");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSegment(const SegmentView& view) {
  const uint64_t nodes = view.graph.levels.size();
  if (nodes == 0 || nodes >= kNoNode) return Wrong("nodes below 2^32 - 1, at least", 1, nodes);
  if (view.ids.size() >= kNoNode) return Wrong("points below", kNoNode, view.ids.size());
  if (view.node_of.size() != view.ids.size())
    return Wrong("nodes of points", view.ids.size(), view.node_of.size());
  if (view.vectors.size() != nodes * view.dimensions) {
    return Wrong("floats", nodes * view.dimensions, view.vectors.size());
  }
  RETURN_IF_ERROR(CheckCodes(view, nodes));
  for (uint32_t node : view.node_of) {
    if (node >= nodes) return Wrong("node of a point below", nodes, node);
  }
  if (std::adjacent_find(view.ids.begin(), view.ids.end(), std::greater_equal<>()) != view.ids.end()) {
    return absl::DataLossError("segment: point ids are not ascending");
  }
  return CheckGraph(view.graph);
}

GraphSegment::GraphSegment(uint64_t number, SegmentView view, std::shared_ptr<const void> owner,
                           std::shared_ptr<const VectorsOnFile> on_file)
    : number_(number),
      view_(view),
      owner_(std::move(owner)),
      on_file_(std::move(on_file)),
      first_slot_(size_t{nodes()} + 1),
      slots_(view.ids.size()),
      upper_(UpperOffsets(view.graph)),
      tombstones_(points()) {
  for (uint32_t node : view_.node_of) ++first_slot_[node + 1];
  for (uint32_t node = 0; node < nodes(); ++node) {
    if (first_slot_[node + 1] == 0) ++empty_nodes_;
    first_slot_[node + 1] += first_slot_[node];
  }
  std::vector<uint32_t> next(first_slot_.begin(), first_slot_.end() - 1);
  for (uint32_t slot = 0; slot < points(); ++slot) slots_[next[view_.node_of[slot]]++] = slot;
}

std::shared_ptr<GraphSegment> GraphSegment::Own(uint64_t number, SegmentArrays arrays) {
  auto owner = std::make_shared<const SegmentArrays>(std::move(arrays));
  return std::make_shared<GraphSegment>(number, owner->view(), owner);
}

uint64_t GraphSegment::memory_bytes() const {
  const uint64_t vectors = on_file_ == nullptr ? view_.vectors.size_bytes() : on_file_->memory_bytes();
  return view_.ids.size_bytes() + view_.node_of.size_bytes() + vectors + view_.codes.codes.size_bytes() +
         view_.codes.terms.size_bytes() + view_.codes.centre.size_bytes() + view_.graph.levels.size_bytes() +
         view_.graph.base_links.size_bytes() + view_.graph.upper_links.size_bytes() +
         first_slot_.size() * sizeof(uint32_t) + slots_.size() * sizeof(uint32_t) +
         upper_.size() * sizeof(uint64_t) + points() / 8;
}

std::optional<uint32_t> GraphSegment::FindSlot(PointId id) const {
  const auto found = std::lower_bound(view_.ids.begin(), view_.ids.end(), id);
  if (found == view_.ids.end() || *found != id) return std::nullopt;
  return static_cast<uint32_t>(found - view_.ids.begin());
}

bool GraphSegment::ContainsLive(PointId id) const {
  const std::optional<uint32_t> slot = FindSlot(id);
  return slot.has_value() && !IsDead(*slot);
}

bool GraphSegment::Remove(PointId id) {
  const std::optional<uint32_t> slot = FindSlot(id);
  return slot.has_value() && tombstones_.Set(*slot);
}

bool GraphSegment::Allows(uint32_t node, const PointSet* filter) const {
  return std::ranges::any_of(slots_of(node), [&](uint32_t slot) { return SlotAllowed(slot, filter); });
}

void GraphSegment::OfferPoints(uint32_t node, float score, const PointSet* filter, TopK& best) const {
  for (uint32_t slot : slots_of(node)) {
    if (SlotAllowed(slot, filter)) best.Offer({view_.ids[slot], score});
  }
}

}  // namespace voisin::index
