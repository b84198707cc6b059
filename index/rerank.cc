#include "index/rerank.h"

#include <algorithm>

#include "base/status_macros.h"
#include "index/vectors_on_file.h"

namespace voisin::index {
namespace {

// Rows compared before the floor of `best` is looked at again.
constexpr size_t kBatch = 16;

// A node whose exact score is at most this one.
struct Candidate {
  float at_most;
  uint32_t node;
};

class Reranker {
 public:
  Reranker(const GraphSegment& segment, const Scorer& scorer, const Query& query, const CodeQuery& codes,
           TopK& best)
      : segment_(segment), scorer_(scorer), query_(query), codes_(codes), best_(best) {}

  absl::Status ByCodes(std::span<const ScoredNode> nodes) {
    while (const size_t count = TakeWanted(best_, nodes)) RETURN_IF_ERROR(Compare(count));
    return absl::OkStatus();
  }

  // Halves tell most candidates apart, so that few vectors are read.
  absl::Status ByHalves(std::span<const ScoredNode> nodes) {
    thread_local std::vector<Candidate> candidates;
    candidates.clear();
    NarrowByHalves(nodes, candidates);
    std::ranges::sort(candidates, std::ranges::greater(), &Candidate::at_most);
    for (size_t next = 0; next < candidates.size();) {
      size_t count = 0;
      for (; next < candidates.size() && count < kBatch; ++next) {
        if (best_.Wants(candidates[next].at_most)) batch_[count++] = candidates[next].node;
      }
      if (count > 0) RETURN_IF_ERROR(Compare(count));
    }
    return absl::OkStatus();
  }

 private:
  // Moves up to kBatch nodes that `best` may want from the front of `nodes` to the batch; 0: it wants none of the rest.
  size_t TakeWanted(const TopK& best, std::span<const ScoredNode>& nodes) {
    size_t count = 0;
    while (count < kBatch && !nodes.empty() && best.Wants(codes_.AtMost(nodes.front().score))) {
      const ScoredNode node = nodes.front();
      if (best.Wants(codes_.AtMost(node.score, node.node))) batch_[count++] = node.node;
      nodes = nodes.subspan(1);
    }
    return count;
  }

  absl::Status Compare(size_t count) {
    float scores[kBatch];
    RETURN_IF_ERROR(Score(count, scores));
    for (size_t i = 0; i < count; ++i) {
      if (best_.Wants(scores[i])) segment_.OfferPoints(batch_[i], scores[i], query_.filter, best_);
    }
    return absl::OkStatus();
  }

  absl::Status Score(size_t count, float* scores) const {
    const VectorsOnFile* file = segment_.vectors_on_file();
    if (file == nullptr) {
      scorer_.ScoreRows(query_.vector.data(), segment_.view().vectors.data(), batch_, count, scores);
      return absl::OkStatus();
    }
    thread_local AlignedVector<float> rows;
    rows.resize(count * scorer_.dimensions());
    RETURN_IF_ERROR(file->Read({batch_, count}, rows.data()));
    for (size_t i = 0; i < count; ++i) {
      scores[i] = scorer_.Score(query_.vector.data(), rows.data() + i * scorer_.dimensions());
    }
    return absl::OkStatus();
  }

  // The floor rises with scores that the points are known to reach.
  void NarrowByHalves(std::span<const ScoredNode> nodes, std::vector<Candidate>& candidates) {
    const HalfVectors& halves = segment_.vectors_on_file()->halves();
    const float query_length = LengthAtMost(query_.vector);
    TopK reached = best_;
    HalfVectors::Bounds bounds[kBatch];
    while (const size_t count = TakeWanted(reached, nodes)) {
      halves.ScoreRows(scorer_, query_.vector.data(), query_length, {batch_, count}, bounds);
      for (size_t i = 0; i < count; ++i) {
        if (!reached.Wants(bounds[i].most)) continue;
        segment_.OfferPoints(batch_[i], bounds[i].least, query_.filter, reached);
        candidates.push_back({bounds[i].most, batch_[i]});
      }
    }
  }

  const GraphSegment& segment_;
  const Scorer& scorer_;
  const Query& query_;
  const CodeQuery& codes_;
  TopK& best_;
  uint32_t batch_[kBatch];
};

}  // namespace

absl::Status Rerank(const GraphSegment& segment, const Scorer& scorer, const Query& query,
                    const CodeQuery& codes, std::span<const ScoredNode> nodes, TopK& best) {
  Reranker reranker(segment, scorer, query, codes, best);
  const VectorsOnFile* file = segment.vectors_on_file();
  const bool has_halves = file != nullptr && !file->halves().empty();
  return has_halves ? reranker.ByHalves(nodes) : reranker.ByCodes(nodes);
}

}  // namespace voisin::index
